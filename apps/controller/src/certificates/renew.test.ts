import { memoryStore, type Store } from '@openfunction/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { certificateSecrets } from './certificate-secrets.ts';
import { issue, newAuthority } from './issue.ts';
import { settleMs } from './plan.ts';
import { renewCertificates } from './renew.ts';
import { filesIn, meet, putSecret, type Files } from './testing/secrets.ts';

const namespace = 'openfunction';
const leaves = { 'one-tls': ['one.test'], 'two-tls': ['two.test'] };
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** So long ago that what is renewed by now is valid already. */
const began = Date.now() - 61 * dayMs;

let store: Store;
beforeEach(() => {
  store = memoryStore();
});

const filesOf = (name: string): Promise<Files> => filesIn(store, { namespace, name });
const renew = (now: number): Promise<string[]> =>
  renewCertificates({ secrets: certificateSecrets(store, namespace), authority: 'authority', leaves, days: 90, now });

/** As the chart makes it; an older one kept no key of its authority. */
async function install(given: { keepsKey: boolean }): Promise<void> {
  const authority = await newAuthority(began);
  await putSecret(
    store,
    { namespace, name: 'authority' },
    given.keepsKey ? { 'ca.crt': authority.certificate, 'ca.key': authority.key } : {},
  );
  for (const [name, hosts] of Object.entries(leaves)) {
    const made = await issue({ authority, hosts, days: 90, now: began });
    await putSecret(store, { namespace, name }, { 'ca.crt': authority.certificate, 'tls.crt': made.certificate, 'tls.key': made.key });
  }
}

describe('renewCertificates', () => {
  it('writes nothing while nothing is due', async () => {
    await install({ keepsKey: true });
    expect(await renew(began + 59 * dayMs)).toEqual([]);
  });

  it('renews in time, once, and those of before and after take each other', async () => {
    await install({ keepsKey: true });
    const before = [await filesOf('one-tls'), await filesOf('two-tls')] as const;
    expect(await renew(began + 60 * dayMs)).toEqual(['one-tls', 'two-tls']);
    expect(await renew(began + 60 * dayMs + hourMs)).toEqual([]);
    const after = [await filesOf('one-tls'), await filesOf('two-tls')] as const;
    expect(after[0].cert).not.toBe(before[0].cert);
    expect(await meet(after[0], before[1], 'one.test')).toBe(true);
    expect(await meet(before[0], after[1], 'one.test')).toBe(true);
    expect(await meet(after[0], after[1], 'other.test')).toBe(false);
  });

  it('brings in an authority step by step where there is none to sign, and no two who lag by a step fall out', async () => {
    await install({ keepsKey: false });
    const past: Files[] = [];
    const written: string[][] = [];
    for (let step = 0; step < 5; step += 1) {
      past.push(await filesOf('two-tls'));
      written.push(await renew(began + step * settleMs));
      const now = await filesOf('one-tls');
      expect(await meet(now, past.at(-1)!, 'one.test'), `step ${step}`).toBe(true);
      expect(await meet(now, await filesOf('two-tls'), 'one.test'), `step ${step}`).toBe(true);
    }
    const all = ['authority', 'one-tls', 'two-tls'];
    expect(written).toEqual([all, all, all, [], []]);
    // What the authority issued whose key nobody has is believed no more.
    expect(await meet(await filesOf('one-tls'), past[0]!, 'one.test')).toBe(false);
  });

  it('does without Secrets that are not there', async () => {
    expect(await renew(began)).toEqual([]);
  });
});
