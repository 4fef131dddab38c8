import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeFrames, runnerFlags } from '@openfunction/functions-framework/runner';
import { builtRunner } from '../runner/instance.ts';
import { expectHello, firstByte, get } from './first-byte.ts';

const keys = generateKeyPairSync('ed25519');
const digest = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** The same runner, warm and loaded directly: one load call and one request, with nothing between. */
export async function loadDirectly(folder: string, bundle: Buffer, cache: Buffer): Promise<number> {
  const dir = mkdtempSync(path.join(folder, 'r-'));
  const [control, traffic] = [path.join(dir, 'c.sock'), path.join(dir, 't.sock')];
  const instance = randomUUID();
  const child = spawn(process.execPath, [...runnerFlags(), builtRunner()], {
    env: {
      OFN_INSTANCE_ID: instance,
      OFN_TICKET_PUBLIC_KEY: keys.publicKey.export({ format: 'jwk' }).x,
      OFN_CONTROL: `unix:${control}`,
      OFN_TRAFFIC: `unix:${traffic}`,
      OFN_WORK_DIR: path.join(dir, 'work'),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    while (!existsSync(control)) await sleep(20);
    await sleep(400);
    const settings = Buffer.from(JSON.stringify({ target: 'hello', signature: 'http', format: 'cjs', entry: 'index.js' }));
    const none = Buffer.alloc(0);
    const ticket = Buffer.from(
      JSON.stringify({
        instance,
        serving: 'bench/f',
        expiresAtMs: Date.now() + 60_000,
        nonce: 'n',
        settingsDigest: digest(settings),
        bundleDigest: digest(bundle),
        assetsDigest: digest(none),
        cacheDigest: digest(cache),
      }),
    );
    const body = encodeFrames([ticket, sign(null, ticket, keys.privateKey), settings, bundle, none, cache]);
    const head = `POST /v1/load HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    const load = await firstByte({ path: control }, Buffer.concat([Buffer.from(head), body]));
    if (!load.answer.startsWith('HTTP/1.1 200')) throw new Error(`The runner did not load: ${load.answer}`);
    const hello = await firstByte({ path: traffic }, get('f'));
    expectHello(hello);
    return load.ms + hello.ms;
  } finally {
    await end(child);
  }
}

const fresh = `
require('node:http').createServer((req, res) => res.end('{"hello":"world"}')).listen(process.argv[1], () => process.send(0));`;

/** A fresh `node` that listens with node:http and answers. */
export async function startFresh(folder: string): Promise<number> {
  const socket = path.join(mkdtempSync(path.join(folder, 'n-')), 's.sock');
  const began = performance.now();
  const child = spawn(process.execPath, ['-e', fresh, socket], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    await once(child, 'message');
    expectHello(await firstByte({ path: socket }, get('f')));
    return performance.now() - began;
  } finally {
    await end(child);
  }
}

async function end(child: ChildProcess): Promise<void> {
  const over = once(child, 'exit');
  child.kill('SIGKILL');
  await over;
}
