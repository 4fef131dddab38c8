import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeApi } from './api.ts';
import { connectKube } from './connect.ts';
import { readSecrets } from './read-secrets.ts';

const kubeconfig = process.env['OFN_TEST_KUBECONFIG'];

describe.runIf(kubeconfig !== undefined)('Secrets of a real API server', () => {
  const namespace = `secrets-${randomUUID().slice(0, 8)}`;
  const namespaces = '/api/v1/namespaces';
  let api: KubeApi;
  beforeAll(async () => {
    api = await connectKube({ kubeconfig: kubeconfig ?? '' });
    await api.json({ method: 'POST', path: namespaces, body: { metadata: { name: namespace } } });
  });
  afterAll(async () => {
    await api.json({ method: 'DELETE', path: `${namespaces}/${namespace}` });
    await api.close();
  });

  it('are read as they were written', async () => {
    const stringData = { user: 'ünï', password: 'p' };
    await api.json({ method: 'POST', path: `${namespaces}/${namespace}/secrets`, body: { metadata: { name: 'a' }, stringData } });
    const secrets = readSecrets(api);
    expect(await secrets.get(namespace, 'a')).toEqual(stringData);
    expect(await secrets.get(namespace, 'absent')).toBeUndefined();
    expect((await secrets.list(namespace))['a']).toEqual(stringData);
  });
});
