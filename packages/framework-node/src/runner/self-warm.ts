import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import path from 'node:path';
import { readContextDocument } from '../context/context-document.ts';
import { functionServer } from '../function-server.ts';
import { pickTarget } from '../pick-target.ts';
import type { Registered } from '../registry.ts';
import { extractTar } from './extract-tar.ts';
import { readLoad } from './read-load.ts';
import { runBundle } from './run-bundle.ts';
import { verifyLoad } from './verify-load.ts';
import { encodeFrames } from './wire.ts';

const code = `module.exports = {
  http: (req, res) => res.json([req.query, req.body]),
  openfunction: (ctx, data) => ({ data }),
  cloudevent: () => undefined,
};`;
const rounds = 5;

/** Runs the paths of a load and of first requests a few times, and leaves nothing behind. */
export async function selfWarm(socketDir: string, instance: string): Promise<void> {
  const socket = path.join(socketDir, `.warm-${instance.slice(-12)}.sock`);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const ticketPublicKey = publicKey.export({ format: 'jwk' }).x ?? '';
  let loaded: unknown;
  const control = createServer(async (req, res) => {
    const { bundle, assets, settings } = verifyLoad(await readLoad(req), { instance, ticketPublicKey, nowMs: 0 });
    extractTar(assets, socketDir);
    readContextDocument(settings.env ?? {});
    loaded = (await runBundle({ bundle }, path.join(socketDir, 'warm.js'))).exports;
    res.end(JSON.stringify({ loaded: true }));
  });
  await listening(control, socket);
  for (let round = 0; round < rounds; round += 1) await ask(socket, '/v1/load', warmLoad(instance, privateKey));
  await closed(control, socket);
  for (const signature of ['http', 'openfunction', 'cloudevent'] as const)
    await warmRequests(pickTarget(signature, signature, loaded), socket);
}

function warmLoad(instance: string, privateKey: KeyObject): Buffer {
  const env = { FUNC_CONTEXT: '{}', FUNC_CONTEXT_V1BETA2: '{"triggers":{"http":{"port":"8080"}}}' };
  const [settings, bundle, none] = [Buffer.from(JSON.stringify({ target: 'http', env })), Buffer.from(code), Buffer.alloc(0)];
  const digest = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const ticket = Buffer.from(
    JSON.stringify({
      instance,
      expiresAtMs: 1,
      settingsDigest: digest(settings),
      bundleDigest: digest(bundle),
      assetsDigest: digest(none),
      cacheDigest: digest(none),
    }),
  );
  return encodeFrames([ticket, sign(null, ticket, privateKey), settings, bundle, none, none]);
}

async function warmRequests(target: Registered, socket: string): Promise<void> {
  const { server } = functionServer({ target });
  await listening(server, socket);
  for (let round = 0; round < rounds; round += 1) await ask(socket, '/?a=1', Buffer.from('{}'));
  await closed(server, socket);
}

async function ask(socketPath: string, url: string, body: Buffer): Promise<void> {
  const headers = { 'content-type': 'application/json', 'ce-id': '1', 'ce-source': '/', 'ce-type': 't', 'ce-specversion': '1.0' };
  const req = request({ socketPath, method: 'POST', path: url, headers, agent: false });
  req.end(body);
  const [res] = (await once(req, 'response')) as [NodeJS.ReadableStream];
  res.resume();
  await once(res, 'end');
}

async function listening(server: ReturnType<typeof createServer>, socket: string): Promise<void> {
  await once(server.listen(socket), 'listening');
}

async function closed(server: ReturnType<typeof createServer>, socket: string): Promise<void> {
  server.close();
  await once(server, 'close');
  rmSync(socket, { force: true });
}
