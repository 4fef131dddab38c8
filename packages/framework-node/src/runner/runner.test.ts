import { spawn, spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import http from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { codeCacheOf, compileBundle, encodeFrames, runnerEntry, type Settings } from './index.ts';

const built = mkdtempSync(path.join(tmpdir(), 'ofn-one-file-'));
/** As it is shipped. */
const oneFile = path.join(built, 'runner.cjs');
beforeAll(() => {
  const script = path.resolve(import.meta.dirname, '../../scripts/bundle-runner.ts');
  expect(spawnSync(process.execPath, [script, oneFile], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});
afterAll(() => rmSync(built, { recursive: true, force: true }));

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const none = Buffer.alloc(0);
const digest = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

interface Given {
  ticket?: object;
  settings?: Partial<Settings>;
  cache?: Buffer;
}

interface Instance {
  control: string;
  traffic: string;
  work: string;
  load(bundle: string, given?: Given): Buffer;
  take(bundle: string, given?: Given): Promise<Record<string, unknown>>;
  call(url?: string): Promise<{ status?: number; body: string }>;
  exit: Promise<unknown[]>;
  log(): string;
  /** Resolves when it has begun to warm itself, and when it is done. */
  warming: { begun: Promise<void>; over: Promise<void> };
}

async function instance(flagsFor: (dir: string) => string[] = () => [], program: string[] = [oneFile]): Promise<Instance> {
  const dir = mkdtempSync(path.join(tmpdir(), 'ofn-runner-'));
  const keys = generateKeyPairSync('ed25519');
  const [control, traffic, work] = [path.join(dir, 'c.sock'), path.join(dir, 't.sock'), path.join(dir, 'work')];
  const env = {
    PATH: process.env['PATH'],
    OFN_INSTANCE_ID: 'i1',
    OFN_TICKET_PUBLIC_KEY: keys.publicKey.export({ format: 'jwk' }).x,
    OFN_CONTROL: `unix:${control}`,
    OFN_TRAFFIC: `unix:${traffic}`,
    OFN_WORK_DIR: work,
  };
  mkdirSync(work);
  const warming = watchWarming(work);
  const child = spawn(process.execPath, [...flagsFor(dir), ...program], {
    env,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk) => (log += String(chunk)));
  ends.push(() => (child.kill('SIGKILL'), rmSync(dir, { recursive: true, force: true })));
  const exit = once(child, 'exit');
  // The file appears a moment before it takes connections.
  await expect
    .poll(
      () =>
        ask(control, 'GET', '/v1/health').then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 10_000, interval: 10 },
    )
    .toBe(200);
  const load = (code: string, given: Given = {}): Buffer => {
    const settings = Buffer.from(JSON.stringify({ target: 'hello', signature: 'http', env: { GREETING: 'hi' }, ...given.settings }));
    const [bundle, cache] = [Buffer.from(code), given.cache ?? none];
    const digests = {
      settingsDigest: digest(settings),
      bundleDigest: digest(bundle),
      assetsDigest: digest(none),
      cacheDigest: digest(cache),
    };
    const ticket = Buffer.from(
      JSON.stringify({ instance: 'i1', serving: 'a/b', expiresAtMs: Date.now() + 60_000, nonce: 'n', ...digests, ...given.ticket }),
    );
    return encodeFrames([ticket, sign(null, ticket, keys.privateKey), settings, bundle, none, cache]);
  };
  return {
    control,
    traffic,
    work,
    load,
    take: async (code, given) => JSON.parse((await ask(control, 'POST', '/v1/load', load(code, given))).body) as Record<string, unknown>,
    call: (url = '/') => ask(traffic, 'GET', url),
    exit,
    log: () => log,
    warming,
  };
}

/** It asks itself over a socket in its folder, which it makes and removes for the load and for each of three functions. */
function watchWarming(work: string): Instance['warming'] {
  const [begun, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let changes = 0;
  const watcher = watch(work, (_change, file) => {
    if (file?.startsWith('.warm-') !== true) return;
    changes += 1;
    begun.resolve();
    if (changes === 8) over.resolve();
  });
  ends.push(() => watcher.close());
  return { begun: begun.promise, over: over.promise };
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

const code = `require('@google-cloud/functions-framework').http('hello', (req, res) => res.send(process.env.GREETING));`;
const health = async ({ control }: Instance): Promise<Record<string, unknown>> =>
  JSON.parse((await ask(control, 'GET', '/v1/health')).body) as Record<string, unknown>;

test('an instance takes one load, serves it, refuses a second and drains', async () => {
  const one = await instance();
  expect(await health(one)).toMatchObject({ state: 'Fresh', instance: 'i1', inFlight: 0 });
  expect(await one.take(code)).toMatchObject({ loaded: true, cacheAccepted: false });
  expect(await one.call()).toEqual({ status: 200, body: 'hi' });
  expect((await ask(one.control, 'POST', '/v1/load', one.load(code))).status).toBe(409);
  await expect.poll(one.log).toContain('A control request was refused.');
  expect(await one.call()).toEqual({ status: 200, body: 'hi' });
  expect(await health(one)).toMatchObject({ state: 'Serving', serving: 'a/b' });
  expect((await ask(one.control, 'POST', '/v1/drain')).status).toBe(404);
  expect((await ask(one.control, 'POST', '/v1/drain', undefined, { authorization: 'Bearer n' })).status).toBe(200);
  expect((await one.exit)[0]).toBe(0);
});

test.each([
  ['a ticket for another instance', code, { ticket: { instance: 'i2' } }, 'InvalidTicket'],
  ['a ticket for the past', code, { ticket: { expiresAtMs: 1 } }, 'InvalidTicket'],
  ['a ticket for other code', code, { ticket: { bundleDigest: digest(Buffer.from('x')) } }, 'DigestMismatch'],
  ['code without the target', 'exports.other = () => 1', {}, 'TargetNotFound'],
  ['code that throws', 'throw new Error("top level")', {}, 'LoadFailed'],
  ['code that is no code', 'const {', {}, 'LoadFailed'],
  [
    'code that never finishes',
    'await new Promise(() => setInterval(() => 0, 1000))',
    { settings: { format: 'async-cjs', loadTimeoutMs: 50 } },
    'LoadTimeout',
  ],
  ['files that leave its folder', code, { settings: { files: [{ path: '../x', content: '' }] } }, 'InvalidAssets'],
  ['a broken context', code, { settings: { env: { FUNC_CONTEXT: '{' } } }, 'InvalidSettings'],
  ['a hook without a plugin', code, { settings: { env: { FUNC_CONTEXT: '{"prePlugins":["x"]}' } } }, 'LoadFailed'],
] satisfies [string, string, Given, string][])('an instance that gets %s says so and ends', async (_name, bundle, given, wanted) => {
  const one = await instance();
  expect(await one.take(bundle, given)).toMatchObject({ loaded: false, code: wanted });
  expect((await one.exit)[0]).toBe(1);
});

test('what code says that fails while it is loaded is apart from what callers may read', async () => {
  const one = await instance();
  expect(await one.take('throw new Error("no database")', {})).toMatchObject({
    message: 'The code failed while loading.',
    detail: 'Error: no database (bundle:1:79)',
  });
});

test('an instance whose first load is no load at all ends', async () => {
  const one = await instance();
  expect((await ask(one.control, 'POST', '/v1/load', Buffer.from('junk'))).status).toBe(400);
  expect((await one.exit)[0]).toBe(1);
});

test.each([
  ['at once', () => Promise.resolve()],
  ['while it warms itself', ({ warming }: Instance) => warming.begun],
  ['when it has warmed itself', ({ warming }: Instance) => warming.over],
])('user code that is loaded %s sees nothing of the runner', async (_when, moment) => {
  const one = await instance();
  await moment(one);
  const shown = `exports.hello = (req, res) => res.json({ env: Object.keys(process.env).sort(), argv: process.argv.slice(1), execArgv: process.execArgv, cwd: process.cwd(), files: require('node:fs').readdirSync('.'), main: String(require.main), globals: Object.keys(globalThis)});`;
  expect(await one.take(shown)).toMatchObject({ loaded: true });
  const seen = JSON.parse((await one.call()).body) as Record<string, unknown>;
  expect(seen).toMatchObject({
    env: ['GREETING', 'PATH'],
    argv: [path.join(one.work, 'index.js')],
    execArgv: [],
    cwd: one.work,
    files: [],
    main: 'undefined',
  });
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', 'console.log(JSON.stringify(Object.keys(globalThis)))'], {
    encoding: 'utf8',
  });
  expect(seen['globals']).toEqual(JSON.parse(stdout));
});

test('import() and require of either name give the one framework', async () => {
  const one = await instance();
  const bundle = `
    const required = require('@openfunction/functions-framework');
    const google = await import('@google-cloud/functions-framework');
    const ours = await import('@openfunction/functions-framework');
    google.http('hello', (req, res) => res.json([required.http === google.http, ours.http === google.http, ours.default.http === google.http]));`;
  expect(await one.take(bundle, { settings: { format: 'async-cjs' } })).toMatchObject({ loaded: true });
  expect((await one.call()).body).toBe('[true,true,true]');
});

test('a file beside the bundle gets the same framework', async () => {
  const one = await instance();
  const content = Buffer.from(
    `import { http } from '@openfunction/functions-framework'; http('hello', (req, res) => res.send('from a file'));`,
  );
  const files = [{ path: 'lib/late.mjs', content: content.toString('base64') }];
  expect(await one.take(`await import('./lib/late.mjs')`, { settings: { format: 'async-cjs', files } })).toMatchObject({ loaded: true });
  expect((await one.call()).body).toBe('from a file');
});

test('hooks of the context run, from the folder plugins', async () => {
  const one = await instance();
  const content = Buffer.from(
    `exports.Stamp = class { static Name = 'stamp'; execPreHook(ctx) { ctx.locals.stamp = 'stamped'; } };`,
  ).toString('base64');
  const context = { name: 'f', preHooks: ['stamp'] };
  await one.take(`exports.hello = (ctx) => [ctx.name, ctx.locals.stamp];`, {
    settings: {
      signature: 'openfunction',
      files: [{ path: 'plugins/stamp.cjs', content }],
      env: { FUNC_CONTEXT_V1BETA2: JSON.stringify(context) },
    },
  });
  expect((await one.call()).body).toBe('["f","stamped"]');
});

test('a code cache of the same text is taken, and another one only costs time', async () => {
  const bundle = `exports.hello = (req, res) => res.send('cached');`;
  const script = compileBundle(bundle, { format: 'cjs', filename: 'index.js' });
  script.runInThisContext();
  const cached = await instance();
  expect(await cached.take(bundle, { cache: codeCacheOf(script) })).toMatchObject({ loaded: true, cacheAccepted: true });
  const rejecting = await instance();
  expect(await rejecting.take(bundle, { cache: Buffer.from('no cache') })).toMatchObject({ loaded: true, cacheAccepted: false });
  expect((await rejecting.call()).body).toBe('cached');
});

const harmful = `
  const wait = [];
  exports.hello = (req, res) => {
    switch (req.path) {
      case '/hang': return void wait.push(res);
      case '/throw': throw new Error('handled');
      case '/reject': return void Promise.reject(new Error('unhandled'));
      case '/uncaught': return void setImmediate(() => { throw new Error('uncaught'); });
      case '/exit': process.exit(0);
      case '/abort': return process.abort();
      case '/block': for (;;);
      default: res.send('fine');
    }
  };`;

test('an error that the function throws hurts only its own request', async () => {
  const one = await instance();
  await one.take(harmful);
  const failed = await one.call('/throw');
  expect([failed.status, JSON.parse(failed.body)]).toMatchObject([500, { code: 'FunctionFailed' }]);
  expect(failed.body).not.toContain('handled');
  expect(await one.call('/')).toEqual({ status: 200, body: 'fine' });
});

test.each([
  ['/reject', 70],
  ['/uncaught', 70],
  ['/exit', 0],
])('%s answers everything in flight with a code before the process ends', async (url, exitCode) => {
  const one = await instance();
  await one.take(harmful);
  const hanging = one.call('/hang');
  await expect.poll(async () => (await health(one))['inFlight']).toBe(1);
  for (const answer of await Promise.all([one.call(url), hanging])) {
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([500, { code: 'FunctionCrashed' }]);
  }
  expect((await one.exit)[0]).toBe(exitCode);
});

test('an instance whose crash was answered takes no other request', async () => {
  const one = await instance();
  await ask(one.control, 'POST', '/v1/load', one.load(harmful));
  expect((await ask(one.traffic, 'GET', '/exit')).status).toBe(500);
  await expect(ask(one.traffic, 'GET', '/')).rejects.toThrow(/ECONNREFUSED|ENOENT/);
});

test('a connection that came before the load is served after it, and one that asks for something before ends', async () => {
  const runner = await instance();
  const early = connect(runner.traffic);
  const eager = connect(runner.traffic);
  await Promise.all([once(early, 'connect'), once(eager, 'connect')]);
  eager.resume().write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(eager, 'close');
  expect(await runner.take(code)).toMatchObject({ loaded: true });
  early.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  expect(await text(early)).toMatch(/^HTTP\/1.1 200 OK[^]*hi$/);
});

test('an abort of the process breaks its connections at once', async () => {
  const one = await instance();
  await one.take(harmful);
  await expect(one.call('/abort')).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect((await one.exit)[1]).toBe('SIGABRT');
});

test('a function that blocks its loop no longer answers for its health', async () => {
  const one = await instance();
  await one.take(harmful);
  one.call('/block').catch(() => undefined);
  const answers = (): Promise<boolean> => Promise.race([health(one).then(() => true), setTimeout(200, false)]);
  await expect.poll(answers, { timeout: 5000 }).toBe(false);
});

test('an instance works from its modules as well', async () => {
  const one = await instance(undefined, ['--conditions=@openfunction/source', runnerEntry]);
  expect(await one.take(code)).toMatchObject({ loaded: true });
  expect(await one.call()).toEqual({ status: 200, body: 'hi' });
});

test('a request that takes longer than its timeout is answered, aborted, and its slot is free', async () => {
  const one = await instance();
  const bundle = `exports.hello = (req) => new Promise((done) => req.signal.addEventListener('abort', () => console.error('aborted: ' + req.signal.reason.code)));`;
  await one.take(bundle, { settings: { requestTimeoutMs: 50, concurrency: 1 } });
  for (let round = 0; round < 3; round += 1) {
    const answer = await one.call();
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([504, { code: 'FunctionTimeout' }]);
  }
  expect(await health(one)).toMatchObject({ inFlight: 0 });
  await expect.poll(one.log).toContain('aborted: FunctionTimeout');
});

test('a function cannot read what the scheduler signed or open its load again', async () => {
  const one = await instance();
  const attack = `exports.hello = async (req, res) => {
    const found = JSON.stringify(process.env) + process.argv + require('node:fs').readdirSync('.');
    res.send(String(found.includes('c.sock') || found.includes('OFN_')));
  };`;
  await one.take(attack);
  expect((await one.call()).body).toBe('false');
});

test("a runner works under Node's permission model and reads nothing beyond its folder", async () => {
  const one = await instance((dir) => ['--permission', `--allow-fs-read=${built}`, `--allow-fs-read=${dir}`, `--allow-fs-write=${dir}`]);
  const look = `exports.hello = async (req, res) => {
    const framework = await import('@openfunction/functions-framework');
    const tried = (use) => { try { use(); return 'done'; } catch (error) { return error.code; } };
    res.json([typeof framework.http, tried(() => require('node:fs').readFileSync('/etc/hostname')), tried(() => require('node:child_process').execFileSync('/bin/true'))]);
  };`;
  expect(await one.take(look)).toMatchObject({ loaded: true });
  expect((await one.call()).body).toBe('["function","ERR_ACCESS_DENIED","ERR_ACCESS_DENIED"]');
});

test('code caches made with the flags of instances are accepted', async () => {
  const { runnerFlags } = await import('./index.ts');
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'ofn-flags-')), 'check.mjs');
  ends.push(() => rmSync(path.dirname(file), { recursive: true }));
  const script = compileBundle('exports.a = 1', { format: 'cjs', filename: 'index.js' });
  writeFileSync(
    file,
    `import { Script } from 'node:vm'; const s = new Script(${JSON.stringify('(function (exports, require, module, __filename, __dirname, __ofn_url) {exports.a = 1\n})')}, { filename: 'index.js', cachedData: Buffer.from('${codeCacheOf(script).toString('base64')}', 'base64') }); process.exit(s.cachedDataRejected ? 1 : 0);`,
  );
  const child = spawn(process.execPath, [...runnerFlags({ memoryBytes: 2 ** 28 }), file], { stdio: 'inherit' });
  expect((await once(child, 'exit'))[0]).toBe(0);
});
