import { describe, expect, it } from 'vitest';
import { testContext } from '../testing/test-context.ts';
import { secretStoreConformance } from './conformance.ts';
import { localEnvSecrets } from './local-env.ts';

describe('secretstores.local.env', () => {
  const environment = { plain: 'one', APP_TOKEN: 'two' };
  secretStoreConformance(() => localEnvSecrets.open(new Map(), testContext({ environment })));

  it('leaves the prefix away, and shows nothing without it', async () => {
    const store = await localEnvSecrets.open(new Map([['prefix', 'APP_']]), testContext({ environment }));
    expect(await store.getAll()).toEqual({ TOKEN: { TOKEN: 'two' } });
    expect(await store.get('plain')).toBeUndefined();
  });
});
