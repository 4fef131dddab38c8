import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf } from '@openfunction/artifact';
import { artifactsContract } from '@openfunction/artifact/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registryArtifacts } from './registry-artifacts.ts';

interface Registry {
  server: Server;
  host: string;
  blobs: Map<string, Buffer>;
  /** Statuses to answer before serving again; `cut` breaks off the next blob. */
  faults: (number | 'cut')[];
  requests: number;
  password?: string;
}

let registry: Registry;
let count = 0;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.server.close());

const artifacts = (options = {}): ReturnType<typeof registryArtifacts> =>
  registryArtifacts({ plainHttp: [registry.host], sleep: async () => undefined, ...options });

artifactsContract('registry', async () => ({ artifacts: artifacts(), repository: `${registry.host}/demo/fn${(count += 1)}` }));

describe('a registry with faults', () => {
  it('is asked again after 429 and 5xx', async () => {
    registry.faults.push(429, 503);
    expect(await artifacts().stat(`${registry.host}/demo/none:v1`)).toBeUndefined();
  });

  it('is asked again when it breaks off near the end', async () => {
    const ref = `${registry.host}/demo/cut:v1`;
    const tar = Buffer.alloc(100_000, 7);
    await artifacts().putSource(ref, tar);
    registry.faults.push('cut', 'cut');
    expect(digestOf(await artifacts().getSource(ref))).toBe(digestOf(tar));
    expect(registry.faults).toEqual([]);
  });

  it('is reported as unavailable when it stays so', async () => {
    registry.faults.push(500, 500, 500, 500);
    await expect(artifacts().stat(`${registry.host}/demo/none:v1`)).rejects.toMatchObject({ code: 'RegistryUnavailable' });
    await expect(artifacts({ plainHttp: ['127.0.0.1:1'] }).stat('127.0.0.1:1/a:b')).rejects.toMatchObject({ code: 'RegistryUnavailable' });
  });

  it('is never spoken to in clear unless it was named', async () => {
    await expect(
      artifacts({ plainHttp: [], allowedAddresses: ['127.0.0.1'], attempts: 1 }).stat(`${registry.host}/demo/none:v1`),
    ).rejects.toMatchObject({
      code: 'RegistryUnavailable',
    });
  });

  it('is not spoken to on this machine or at a metadata service, whatever name leads there, unless it was named', async () => {
    const port = registry.host.split(':')[1];
    const before = registry.requests;
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '127.1', '169.254.169.254', '[::1]', '[::ffff:7f00:1]'])
      await expect(artifacts({ plainHttp: [] }).stat(`${host}:${port}/demo/none:v1`)).rejects.toMatchObject({
        code: expect.stringMatching(/RegistryDenied|InvalidReference/),
      });
    expect(registry.requests).toBe(before);
  });

  it('leaves no tag when an upload fails', async () => {
    registry.faults.push(404, 500, 500, 500, 500);
    await expect(artifacts().putSource(`${registry.host}/demo/half:v1`, Buffer.from('never stored'))).rejects.toMatchObject({
      code: 'RegistryUnavailable',
    });
    expect(await artifacts().stat(`${registry.host}/demo/half:v1`)).toBeUndefined();
  });

  it('is not believed: other bytes, and more bytes than declared, are refused', async () => {
    const tar = Buffer.from('the source');
    const ref = `${registry.host}/demo/lie:v1`;
    await artifacts().putSource(ref, tar);
    registry.blobs.set(digestOf(tar), Buffer.from('the sourcE'));
    await expect(artifacts().getSource(ref)).rejects.toMatchObject({ code: 'ArtifactCorrupt' });
    registry.blobs.set(digestOf(tar), Buffer.alloc(1 << 20));
    await expect(artifacts().getSource(ref)).rejects.toMatchObject({ code: 'ArtifactTooLarge' });
  });

  it('gets the password that it asks for, and denies without', async () => {
    registry.password = 'secret';
    try {
      const ref = `${registry.host}/demo/private:v1`;
      await expect(artifacts().stat(ref)).rejects.toMatchObject({ code: 'RegistryDenied' });
      const credentials = new Map([[registry.host, { username: 'me', password: 'secret' }]]);
      const store = artifacts();
      const digest = await store.putSource(ref, Buffer.from('x'), { credentials });
      expect((await store.stat(ref, { credentials }))?.digest).toBe(digest);
      // What one caller's password has opened stays closed to the next.
      await expect(store.stat(ref)).rejects.toMatchObject({ code: 'RegistryDenied' });
    } finally {
      delete registry.password;
    }
  });
});

async function startRegistry(): Promise<Registry> {
  const manifests = new Map<string, Buffer>();
  const state: Omit<Registry, 'server' | 'host'> = { blobs: new Map(), faults: [], requests: 0 };
  const server = createServer((request, response) => void answer(state as Registry, manifests, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function answer(state: Registry, manifests: Map<string, Buffer>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  state.requests += 1;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const end = (status: number, bytes?: Buffer | string, headers = {}): void => void response.writeHead(status, headers).end(bytes);
  const url = new URL(request.url ?? '/', 'http://registry');
  const [fault] = state.faults;
  if (typeof fault === 'number') {
    state.faults.shift();
    return end(fault);
  }
  if (state.password !== undefined) {
    const expected = `Basic ${Buffer.from(`me:${state.password}`).toString('base64')}`;
    if (request.headers.authorization !== expected) return end(401, '', { 'www-authenticate': 'Basic realm="test"' });
  }
  const [, repository = '', kind = '', name = ''] = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests|tags)\/(.*)$/.exec(url.pathname) ?? [];
  if (kind === 'blobs/uploads' && request.method === 'POST') return end(202, '', { location: `/v2/${repository}/blobs/uploads/1?state=x` });
  if (kind === 'blobs/uploads') {
    const digest = url.searchParams.get('digest') ?? '';
    if (digestOf(body) !== digest) return end(400);
    state.blobs.set(digest, body);
    return end(201);
  }
  if (kind === 'tags')
    return end(
      200,
      JSON.stringify({
        tags: [...manifests.keys()].filter((key) => key.startsWith(`${repository} `)).map((key) => key.slice(repository.length + 1)),
      }),
    );
  if (kind === 'manifests' && request.method === 'PUT') {
    manifests.set(`${repository} ${name}`, body).set(`${repository} ${digestOf(body)}`, body);
    return end(201);
  }
  const found = kind === 'blobs' ? state.blobs.get(name) : manifests.get(`${repository} ${name}`);
  if (fault === 'cut' && kind === 'blobs' && request.method === 'GET' && found !== undefined) {
    state.faults.shift();
    response.writeHead(200, { 'content-length': found.length }).write(found.subarray(0, found.length * 0.9), () => response.destroy());
    return;
  }
  return found === undefined ? end(404) : end(200, request.method === 'HEAD' ? undefined : found);
}
