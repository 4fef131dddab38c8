import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitCodes } from '../exit-codes.ts';
import { runOfn, type Ran } from '../testing/run-ofn.ts';

let home: string;
let stop: AbortController;
let said: { stdout: string; stderr: string };
let running: Promise<Ran> | undefined;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'ofn-v-'));
  stop = new AbortController();
  said = { stdout: '', stderr: '' };
});
afterEach(async () => {
  stop.abort();
  await running;
  rmSync(home, { recursive: true, force: true });
});

const env = (): Record<string, string> => ({ HOME: home, PATH: process.env['PATH'] ?? '' });

function source(files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(home, 'f-'));
  for (const [name, text] of Object.entries({ 'package.json': '{"type":"module","main":"index.js"}', ...files }))
    writeFileSync(path.join(folder, name), text);
  return folder;
}

/** At once, as editors do it: a file that is written in place is empty for a moment, and that is a version too. */
function save(folder: string, text: string): void {
  const whole = path.join(home, 'saved.js');
  writeFileSync(whole, text);
  renameSync(whole, path.join(folder, 'index.js'));
}

/** Starts `ofn dev`, and answers the URL that it prints. */
async function dev(folder: string, ...more: string[]): Promise<string> {
  running = runOfn(['dev', folder, '--port', '0', ...more], {
    env: env(),
    signal: stop.signal,
    onStdout: (text) => (said.stdout += text),
    onStderr: (text) => (said.stderr += text),
  });
  await expect.poll(() => said.stdout, { timeout: 30_000 }).toMatch(/^http:\S+$/m);
  return /^http:\S+$/m.exec(said.stdout)?.[0] ?? '';
}

async function ask(url: string): Promise<string> {
  const answer = await fetch(url);
  return `${answer.status} ${await answer.text()}`;
}

it('answers with what is saved, and with the last good version while the newest does not build or load', async () => {
  const folder = source({ 'index.js': 'export const main = (req, res) => res.send("one");' });
  const url = await dev(folder, '--target', 'main');
  expect(await ask(url)).toBe('200 one');

  save(folder, 'export const main = (req, res) => res.send("two");');
  await expect.poll(() => ask(url), { timeout: 20_000 }).toBe('200 two');

  save(folder, 'export const main = (req, res) =>\n  res.send("three";');
  await expect
    .poll(() => said.stderr, { timeout: 20_000 })
    .toContain('error (CompileFailed): The source does not compile: index.js:2:19: ');
  expect(await ask(url)).toBe('200 two');

  save(folder, '// comment\n\nthrow new Error("not today");\n');
  await expect.poll(() => said.stderr, { timeout: 20_000 }).toContain('error (LoadFailed): ');
  expect(said.stderr).toMatch(/Error: not today\n\s+at .*\(?index\.js:3:7\)?/);
  expect(await ask(url)).toBe('200 two');
  expect(said.stderr.match(/The last version that worked still answers/g)).toHaveLength(2);

  stop.abort();
  expect((await running)?.code).toBe(exitCodes.done);
});

it('gives the context and the variables of the platform, those of the manifest’s own Secret, and those of --env; none of the shell', async () => {
  const manifest = `apiVersion: v1
kind: Secret
metadata: { name: held }
stringData: { KEY: from-secret }
---
apiVersion: core.openfunction.io/v1beta2
kind: Function
metadata: { name: shows }
spec:
  version: v9
  image: registry.local/shows:v1
  build: { builder: openfunction/builder-node, env: { FUNC_NAME: main, FUNC_TYPE: openfunction } }
  serving:
    params: { PARAM: from-params }
    triggers: { http: { port: 8080 } }
    template:
      containers:
        - name: function
          env:
            - { name: SECRET, valueFrom: { secretKeyRef: { name: held, key: KEY } } }
            - { name: LOST, valueFrom: { secretKeyRef: { name: elsewhere, key: KEY } } }
`;
  const code = `export const main = (ctx) => [process.env.PARAM, process.env.SECRET, process.env.LOST, process.env.GIVEN, process.env.HOME,
    process.env.FUNCTION_TARGET, JSON.parse(process.env.FUNC_CONTEXT).version].join(',');`;
  const url = await dev(source({ 'index.js': code, 'function.yaml': manifest }), '--env', 'GIVEN=by-hand');
  const [param, secret, lost, given, ownHome, target, version] = (await ask(url)).slice('200 '.length).split(',');
  expect([param, secret, lost, given, target, version]).toEqual(['from-params', 'from-secret', '', 'by-hand', 'main', 'v9']);
  expect(ownHome).not.toBe(home);
  expect(said.stderr).toContain('the Secret "elsewhere" is not set here');
});

const messages = (state: string): string => `apiVersion: v1
kind: Secret
metadata: { name: held }
stringData: { topic-data: unused, schedule: '@every 1s' }
---
apiVersion: core.openfunction.io/v1beta2
kind: Function
metadata: { name: counts }
spec:
  version: v1
  image: registry.local/counts:v1
  build: { builder: openfunction/builder-node, env: { FUNC_NAME: main, FUNC_TYPE: openfunction } }
  serving:
    triggers:
      http: { port: 8080 }
      dapr:
        - { name: tick, type: bindings.cron }
        - { name: news, type: pubsub.in-memory, topic: greetings }
    outputs: [{ dapr: { name: news, type: pubsub.in-memory, topic: greetings } }]
    bindings: { tick: { type: bindings.cron, version: v1, metadata: [{ name: schedule, secretKeyRef: { name: held, key: schedule } }] } }
    pubsub: { news: { type: pubsub.in-memory, version: v1 } }
    states: { kept: { spec: { type: ${state}, version: v1 } } }
`;

it('brings messages of the manifest’s components, and takes what the function sends and keeps', async () => {
  const code = `export const main = async (ctx, data) => {
    if (ctx.event === undefined) return (await ctx.state.get({ key: 'seen' }, 'kept')) ?? 'nothing';
    if (ctx.event.type === 'bindings.cron') return ctx.send({ hello: 'world' }, 'news');
    await ctx.state.save({ states: [{ key: 'seen', value: data }] }, 'kept');
  };`;
  const folder = source({ 'index.js': code, 'function.yaml': messages('state.in-memory') });
  const url = await dev(folder);
  await expect.poll(() => ask(url), { timeout: 20_000 }).toBe('200 {"hello":"world"}');
  // Nobody else who reaches the function brings it messages.
  expect((await fetch(`${url}tick`, { method: 'POST' })).status).toBe(401);

  writeFileSync(path.join(folder, 'function.yaml'), messages('state.nonsense'));
  await expect.poll(() => said.stderr, { timeout: 20_000 }).toContain('error (ComponentTypeUnknown): ');
  expect(await ask(url)).toContain('502 ');

  writeFileSync(path.join(folder, 'function.yaml'), messages('state.in-memory'));
  await expect.poll(() => ask(url), { timeout: 20_000 }).toBe('200 {"hello":"world"}');
});

it('says which secret a component lacks, and answers all the same', async () => {
  const manifest = messages('state.in-memory').split('---\n')[1] ?? '';
  const folder = source({ 'index.js': 'export const main = (ctx) => "here";', 'function.yaml': manifest });
  const url = await dev(folder);
  expect(await ask(url)).toBe('200 here');
  expect(said.stderr).toContain('error (SecretNotFound): The component "tick" takes "schedule" of the Secret "held"');
});

it('starts a function again that ended its process', async () => {
  const folder = source({ 'index.js': 'export const main = (req, res) => (req.query.end ? process.exit(3) : res.send("here"));' });
  const url = await dev(folder, '--target', 'main');
  expect(await ask(`${url}?end=1`)).toMatch(/^50\d /);
  await expect.poll(() => said.stderr).toContain('The function ended its process (exit code 3)');
  await expect.poll(() => ask(url), { timeout: 20_000 }).toBe('200 here');
});

it('lets a debugger connect to each version at the same port', async () => {
  const folder = source({ 'index.js': 'export const main = (req, res) => res.send("one");' });
  const port = await freePort();
  const url = await dev(folder, '--target', 'main', '--inspect-port', String(port));
  const targets = (): Promise<string> => fetch(`http://127.0.0.1:${port}/json/list`).then(async (answer) => answer.text(), String);
  await expect.poll(targets, { timeout: 20_000 }).toContain('webSocketDebuggerUrl');
  const first = await targets();
  appendFileSync(path.join(folder, 'index.js'), '// changed\nexport const more = 1;\n');
  await expect.poll(() => said.stderr, { timeout: 20_000 }).toContain('reloaded');
  await expect
    .poll(async () => (await targets()).includes('webSocketDebuggerUrl') && (await targets()) !== first, { timeout: 20_000 })
    .toBe(true);
  expect(await ask(url)).toBe('200 one');
});

it.each(['http', 'cloudevent'])('runs what "ofn init --template %s" wrote, in both languages', async (template) => {
  for (const language of ['js', 'ts']) {
    const folder = path.join(home, `${template}-${language}`);
    expect((await runOfn(['init', folder, '--template', template, '--language', language], { env: env() })).code).toBe(exitCodes.done);
    said = { stdout: '', stderr: '' };
    stop = new AbortController();
    const url = await dev(folder);
    const event = {
      'ce-id': '1',
      'ce-source': '/test',
      'ce-type': 'greeting',
      'ce-specversion': '1.0',
      'content-type': 'application/json',
    };
    const answer = await (template === 'http'
      ? fetch(`${url}?name=Ada`)
      : fetch(url, { method: 'POST', headers: event, body: '{"name":"Ada"}' }));
    expect(await answer.text()).toContain('Ada');
    stop.abort();
    await running;
  }
});

it('writes nothing where a file of "ofn init" is in the way, and refuses folders of other languages', async () => {
  const folder = source({ 'index.js': '// mine' });
  const { code, stderr } = await runOfn(['init', folder], { env: env() });
  expect([code, stderr]).toEqual([
    exitCodes.failed,
    expect.stringContaining('has index.js, package.json already, and nothing was written'),
  ]);
  expect(readFileSync(path.join(folder, 'index.js'), 'utf8')).toBe('// mine');

  const go = mkdtempSync(path.join(home, 'go-'));
  writeFileSync(path.join(go, 'go.mod'), 'module x');
  for (const command of ['dev', 'deploy']) {
    const refused = await runOfn([command, go], { env: env() });
    expect([refused.code, refused.stderr]).toEqual([
      exitCodes.buildFailed,
      expect.stringMatching(/^error \(BuilderNotSupported\): .* is written in Go/),
    ]);
  }
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
