import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:http';
import type { Server } from 'node:net';
import path from 'node:path';
import { functionServer } from '../function-server.ts';
import { closed } from './listen.ts';
import { loadFunction } from './load-function.ts';
import { readLoad } from './read-load.ts';
import type { VerifiedLoad } from './verify-load.ts';
import { ticketKey, verifyLoad } from './verify-load.ts';
import { encodeFrames } from './wire.ts';

const code =
  'module.exports = { http: (req, res) => res.json([req.query, req.body]), openfunction: (ctx, data) => ({ data }), cloudevent: () => undefined };';
const context = JSON.stringify({ name: 'warm', version: 'v1', triggers: { http: { port: 1 } } });
const env = { FUNC_CONTEXT: context, FUNC_CONTEXT_V1BETA2: context };
const headers = { 'content-type': 'application/json', 'ce-id': '1', 'ce-source': '/', 'ce-type': 't', 'ce-specversion': '1.0' };
// More would make idle instances larger than it makes first answers faster.
const rounds = 3;

export interface SelfWarmOptions {
  workDir: string;
  instance: string;
  /** Ends it early. */
  signal: AbortSignal;
}

/** Goes the way of a load and of first requests with code of its own, and leaves nothing of it behind but the working directory. */
export async function selfWarm({ workDir, instance, signal }: SelfWarmOptions): Promise<void> {
  const socketPath = path.join(workDir, `.warm-${instance.slice(-12)}.sock`);
  const { argv } = process;
  const repeat = async (action: () => Promise<void>): Promise<void> => {
    for (let round = 0; round < rounds && !signal.aborted; round += 1) await action();
  };
  try {
    const load = await warmLoad(socketPath, repeat);
    for (const signature of ['openfunction', 'cloudevent', 'http']) {
      if (load === undefined || signal.aborted) return;
      const loaded = await loadFunction({ ...load, settings: { ...load.settings, target: signature, signature } }, workDir);
      const { server } = functionServer({ ...loaded, keepAliveMs: 0, timeoutMs: 60_000 });
      await serving(server, socketPath, async () => {
        await repeat(() => ask(socketPath, 'POST', { body: Buffer.from('{}'), headers }));
        if (signature === 'http') await repeat(() => ask(socketPath, 'GET', {}));
      });
    }
  } finally {
    process.argv = argv;
    for (const name of Object.keys(env)) delete process.env[name];
  }
}

/** A tar of one folder, the work folder itself: what it makes is there already. */
function emptyTar(): Buffer {
  const head = Buffer.alloc(512);
  head.write('./');
  head.write('0000755', 100);
  head.write('5', 156);
  head.write('ustar', 257);
  return head;
}

/** A load that is sent over a socket and verified, as the real one; undefined when there was no time for it. */
async function warmLoad(socketPath: string, repeat: (action: () => Promise<void>) => Promise<void>): Promise<VerifiedLoad | undefined> {
  const keys = generateKeyPairSync('ed25519');
  const options = { instance: 'warm', ticketKey: ticketKey(keys.publicKey.export({ format: 'jwk' }).x ?? ''), nowMs: 0 };
  const digest = (bytes: Buffer): string => `sha256:${hash('sha256', bytes)}`;
  const settings = Buffer.from(JSON.stringify({ target: 'http', env, files: [] }));
  const [bundle, assets, none] = [Buffer.from(code), emptyTar(), Buffer.alloc(0)];
  const ticket = Buffer.from(
    JSON.stringify({
      instance: 'warm',
      expiresAtMs: 1,
      settingsDigest: digest(settings),
      bundleDigest: digest(bundle),
      assetsDigest: digest(assets),
    }),
  );
  const body = encodeFrames([ticket, sign(null, ticket, keys.privateKey), settings, bundle, assets, none]);
  const loads: VerifiedLoad[] = [];
  const server = createServer((req, res) => {
    void readLoad(req).then((bytes) => {
      loads.push(verifyLoad(bytes, options));
      return res.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 }).end('{}');
    });
  });
  await serving(server, socketPath, () => repeat(() => ask(socketPath, 'POST', { body })));
  return loads[0];
}

async function serving(server: Server, socketPath: string, use: () => Promise<void>): Promise<void> {
  await once(server.listen(socketPath), 'listening');
  await use();
  await closed(server);
  rmSync(socketPath, { force: true });
}

async function ask(socketPath: string, method: string, given: { body?: Buffer; headers?: Record<string, string> }): Promise<void> {
  const call = request({ socketPath, method, path: '/?a=1', headers: given.headers, agent: false });
  call.end(given.body);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
}
