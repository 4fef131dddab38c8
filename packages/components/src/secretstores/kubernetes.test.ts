import { describe, expect, it } from 'vitest';
import { testContext } from '../testing/test-context.ts';
import type { ClusterSecrets } from './cluster-secrets.ts';
import { secretStoreConformance } from './conformance.ts';
import { kubernetesSecrets } from './kubernetes.ts';

function cluster(): ClusterSecrets & { asked: string[] } {
  const secrets = new Map<string, Record<string, string>>([
    ['default/plain', { value: 'one' }],
    ['default/two', { a: '1', b: '2' }],
    ['other/plain', { value: 'of another tenant' }],
  ]);
  const asked: string[] = [];
  return {
    asked,
    get: async (namespace, name) => {
      asked.push(`${namespace}/${name}`);
      return secrets.get(`${namespace}/${name}`);
    },
    list: async (namespace) =>
      Object.fromEntries([...secrets].filter(([key]) => key.startsWith(`${namespace}/`)).map(([key, value]) => [key.split('/')[1], value])),
  };
}
const open = (metadata: [string, string][] = [], clusterSecrets: ClusterSecrets = cluster()) =>
  kubernetesSecrets.open(new Map(metadata), testContext({ clusterSecrets }));

describe('secretstores.kubernetes', () => {
  secretStoreConformance(() => open());

  it('gives each key of a Secret', async () => {
    expect(await (await open()).get('two')).toEqual({ a: '1', b: '2' });
  });

  it('never reads another namespace, whoever asks for it', async () => {
    const store = await open([['defaultNamespace', 'default']]);
    expect(await store.get('plain', { namespace: 'default' })).toEqual({ value: 'one' });
    await expect(store.get('plain', { namespace: 'other' })).rejects.toMatchObject({ code: 'RequestRejected' });
    await expect(store.getAll({ namespace: 'other' })).rejects.toMatchObject({ code: 'RequestRejected' });
    await expect(open([['defaultNamespace', 'other']])).rejects.toThrow('namespace "default" and no other');
  });

  it.each(['a/b', 'plain/../../other/secrets/plain', 'A', 'plain?x', '.', 'a'.repeat(300)])('asks nobody for %j', async (name) => {
    const secrets = cluster();
    expect(await (await open([], secrets)).get(name)).toBeUndefined();
    expect(secrets.asked).toEqual([]);
  });

  it('is refused where there is no cluster', async () => {
    await expect(kubernetesSecrets.open(new Map(), testContext())).rejects.toThrow(/runs in none\. Use secretstores\.local\.file/);
  });

  it('says what the cluster said', async () => {
    const get = () => Promise.reject(new Error('secrets "plain" is forbidden.'));
    const store = await open([], { get, list: async () => ({}) });
    await expect(store.get('plain')).rejects.toMatchObject({
      code: 'ComponentUnavailable',
      message: expect.stringContaining('is forbidden'),
    });
  });
});
