import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { encodeFrames, runnerEntry } from './index.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const digest = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function instance(): Promise<{
  control: string;
  traffic: string;
  load(bundle: string, change?: object): Buffer;
  exit: Promise<unknown[]>;
}> {
  const dir = mkdtempSync(path.join(tmpdir(), 'ofn-runner-'));
  const keys = generateKeyPairSync('ed25519');
  const control = path.join(dir, 'c.sock');
  const traffic = path.join(dir, 't.sock');
  const env = {
    PATH: process.env['PATH'],
    OFN_INSTANCE_ID: 'i1',
    OFN_TICKET_PUBLIC_KEY: keys.publicKey.export({ format: 'jwk' }).x,
    OFN_CONTROL: `unix:${control}`,
    OFN_TRAFFIC: `unix:${traffic}`,
    OFN_WORK_DIR: path.join(dir, 'work'),
  };
  const child = spawn(process.execPath, ['--conditions=@openfunction/source', runnerEntry], {
    env,
    stdio: ['ignore', 'inherit', 'ignore'],
  });
  ends.push(() => (child.kill('SIGKILL'), rmSync(dir, { recursive: true, force: true })));
  while (!existsSync(control)) await new Promise((resolve) => setImmediate(resolve));
  const load = (code: string, change: object = {}): Buffer => {
    const settings = Buffer.from(JSON.stringify({ target: 'hello', signature: 'http', env: { GREETING: 'hi' } }));
    const bundle = Buffer.from(code);
    const none = Buffer.alloc(0);
    const ticket = Buffer.from(
      JSON.stringify({
        instance: 'i1',
        serving: 'a/b',
        expiresAtMs: Date.now() + 60_000,
        nonce: 'n',
        settingsDigest: digest(settings),
        bundleDigest: digest(bundle),
        assetsDigest: digest(none),
        cacheDigest: digest(none),
        ...change,
      }),
    );
    return encodeFrames([ticket, sign(null, ticket, keys.privateKey), settings, bundle, none, none]);
  };
  return { control, traffic, load, exit: once(child, 'exit') };
}

async function ask(
  socketPath: string,
  method: string,
  url: string,
  body?: Buffer,
  headers = {},
): Promise<{ status?: number; body: string }> {
  const req = http.request({ socketPath, method, path: url, headers, agent: false });
  req.end(body);
  const [res] = (await once(req, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of res) text += String(chunk);
  return { status: res.statusCode, body: text };
}

const code = `require('@google-cloud/functions-framework').http('hello', (req, res) => res.send(process.env.GREETING + ' ' + (process.env.OFN_CONTROL ?? '')));`;

test('an instance takes one load, serves it, refuses a second and drains', async () => {
  const one = await instance();
  expect(JSON.parse((await ask(one.control, 'POST', '/v1/load', one.load(code))).body)).toMatchObject({ loaded: true });
  expect(await ask(one.traffic, 'GET', '/')).toEqual({ status: 200, body: 'hi ' });
  expect((await ask(one.control, 'POST', '/v1/load', one.load(code))).status).toBe(409);
  expect(JSON.parse((await ask(one.control, 'GET', '/v1/health')).body)).toMatchObject({ state: 'Serving', serving: 'a/b' });
  expect((await ask(one.control, 'POST', '/v1/drain')).status).toBe(404);
  expect((await ask(one.control, 'POST', '/v1/drain', undefined, { authorization: 'Bearer n' })).status).toBe(200);
  expect((await one.exit)[0]).toBe(0);
});

test.each([
  ['another instance', { instance: 'i2' }, 'InvalidTicket'],
  ['the past', { expiresAtMs: 1 }, 'InvalidTicket'],
  ['other code', { bundleDigest: digest(Buffer.from('x')) }, 'DigestMismatch'],
])('an instance that gets a ticket for %s ends', async (_name, change, wanted) => {
  const one = await instance();
  const answer = await ask(one.control, 'POST', '/v1/load', one.load(code, change));
  expect(JSON.parse(answer.body)).toMatchObject({ loaded: false, code: wanted });
  expect((await one.exit)[0]).toBe(1);
});
