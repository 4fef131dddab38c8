import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { encodeFrames, runnerEntry, runnerFlags } from '@openfunction/functions-framework/runner';

/** A runner as the platform starts it, that waits for its load. */
export interface Instance {
  child: ChildProcess;
  load(bundle: string): Promise<void>;
}

/** As it is shipped: one that reads TypeScript carries what strips its types. */
export function builtRunner(): string {
  const entry = path.resolve(path.dirname(runnerEntry), '../../dist/runner/runner.cjs');
  if (!existsSync(entry)) throw new Error(`There is no ${entry}. Build first: npm run build.`);
  return entry;
}

/** Starts a runner and waits until it is Fresh. */
export async function startInstance(options: { folder: string; traffic: string; env?: Record<string, string> }): Promise<Instance> {
  const id = randomBytes(4).toString('hex');
  const keys = generateKeyPairSync('ed25519');
  const control = path.join(options.folder, `${id}.sock`);
  const child = spawn(process.execPath, [...runnerFlags(), builtRunner()], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...options.env,
      OFN_INSTANCE_ID: id,
      OFN_TICKET_PUBLIC_KEY: keys.publicKey.export({ format: 'jwk' }).x ?? '',
      OFN_CONTROL: `unix:${control}`,
      OFN_TRAFFIC: options.traffic,
      OFN_WORK_DIR: path.join(options.folder, id),
    },
  });
  while (!(await isFresh(control))) await setTimeout(10);
  return {
    child,
    load: (bundle) =>
      load(
        control,
        loadOf(id, bundle, (bytes) => sign(null, bytes, keys.privateKey)),
      ),
  };
}

async function isFresh(socketPath: string): Promise<boolean> {
  try {
    const call = request({ socketPath, path: '/v1/health', agent: false });
    call.end();
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode === 200;
  } catch {
    return false;
  }
}

function loadOf(instance: string, code: string, signed: (bytes: Buffer) => Buffer): Buffer {
  const digest = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const settings = Buffer.from(JSON.stringify({ target: 'hello', signature: 'http' }));
  const bundle = Buffer.from(code);
  const expiresAtMs = Date.now() + 60_000;
  const bound = { settingsDigest: digest(settings), bundleDigest: digest(bundle), assetsDigest: '', cacheDigest: '' };
  const ticket = Buffer.from(JSON.stringify({ instance, serving: 'bench/hello', expiresAtMs, nonce: 'n', ...bound }));
  return encodeFrames([ticket, signed(ticket), settings, bundle, Buffer.alloc(0), Buffer.alloc(0)]);
}

async function load(socketPath: string, body: Buffer): Promise<void> {
  const call = request({ socketPath, method: 'POST', path: '/v1/load', agent: false });
  call.end(body);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  if (answer.statusCode !== 200) throw new Error(`The runner refused its load: ${text}`);
}
