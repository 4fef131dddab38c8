import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { kubeApi, type KubeApi } from './api.ts';
import { readSecrets } from './read-secrets.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const secret = (name: string, data: Record<string, string>) => ({
  metadata: { name },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
});

async function serve(paths: Record<string, unknown>): Promise<KubeApi> {
  const server = createServer((request, response) => {
    const found = paths[request.url ?? ''];
    const status = { kind: 'Status', code: 404, reason: 'NotFound', message: 'not found' };
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(found ?? status));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api = kubeApi({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tls: {}, headers: async () => ({}) });
  ends.push(() => server.close(), api.close);
  return api;
}

it('reads Secrets with their values decoded, and none where there is none', async () => {
  const own = secret('a', { user: 'ünï', password: 'p' });
  const secrets = readSecrets(
    await serve({
      '/api/v1/namespaces/n/secrets/a': own,
      '/api/v1/namespaces/n/secrets': { items: [own, { metadata: { name: 'empty' } }] },
    }),
  );
  expect(await secrets.get('n', 'a')).toEqual({ user: 'ünï', password: 'p' });
  expect(await secrets.get('n', 'absent')).toBeUndefined();
  expect(await secrets.list('n')).toEqual({ a: { user: 'ünï', password: 'p' }, empty: {} });
});
