import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gitServer } from '@openfunction/builder/testing';
import { dataFolder, runPlatform } from '@openfunction/embedded/platform';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { exitCodes } from './exit-codes.ts';
import { runOfn, type Ran, type RunOptions } from './testing/run-ofn.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const home = mkdtempSync(path.join(tmpdir(), 'ofn-c-'));
const env = { HOME: home, PATH: process.env['PATH'] };
const ending = new AbortController();
let running: Promise<void>;

beforeAll(async () => {
  const ready = Promise.withResolvers<void>();
  running = runPlatform({
    folder: dataFolder(path.join(home, '.openfunction')),
    domain: 'localhost',
    port: 0,
    poolSize: 1,
    sources: { addresses: ['127.0.0.1'], folders: [] },
    env,
    signal: ending.signal,
    onReady: () => ready.resolve(),
    log: () => {},
  });
  await Promise.race([ready.promise, running]);
});
afterAll(async () => {
  ending.abort();
  await running;
  rmSync(home, { recursive: true, force: true });
});

function ofn(args: readonly string[], options: Partial<RunOptions> = {}): Promise<Ran> {
  return runOfn(args, { env, cwd: root, ...options });
}

/** A folder with one CommonJS file. */
function source(name: string, code: string): string {
  const folder = mkdtempSync(path.join(home, `${name}-`));
  writeFileSync(path.join(folder, 'index.js'), code);
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
  return folder;
}

function builders(name: string, { stdout }: Ran): { name: string; uid: string }[] {
  const { items } = JSON.parse(stdout) as { items: { metadata: { name: string; uid: string } }[] };
  return items.map(({ metadata }) => metadata).filter((metadata) => metadata.name.startsWith(`${name}-`));
}

describe('a function that works', () => {
  it('is deployed from a folder; stdout has its URL and nothing else', async () => {
    const { code, stdout, stderr } = await ofn(['deploy', 'samples/hello-world']);
    expect(stderr).toContain('is ready');
    expect(stderr).toContain('Bundling');
    expect(code).toBe(exitCodes.done);
    const { hostname, port } = new URL(stdout.trim());
    expect(hostname).toBe('hello-world.default.localhost');
    expect(stdout).toMatch(/^http:\S+\n$/);
    expect(Number(port)).toBeGreaterThan(0);
  });

  it('is called: the body on stdout, status and time on stderr with -v', async () => {
    const plain = await ofn(['invoke', 'hello-world', '--path', '/?name=Ada']);
    expect(plain).toEqual({ code: exitCodes.done, stdout: 'Hello, Ada!\n', stderr: '' });
    const { stderr } = await ofn(['invoke', 'hello-world', '-v']);
    expect(stderr).toMatch(/kubeconfig .*OpenFunction is up on this machine/);
    expect(stderr).toMatch(/200 OK .* in \d+\.\d ms/);
  });

  it('is listed as kubectl lists it', async () => {
    const { stdout } = await ofn(['get']);
    expect(stdout).toMatch(/^NAME +BUILDSTATE +SERVINGSTATE .*\nhello-world +Succeeded +Running /);
    expect((await ofn(['get', 'fn', '-A'])).stdout).toMatch(/^NAMESPACE +NAME .*\ndefault +hello-world /);
    expect((await ofn(['get', 'fn', '-o', 'name'])).stdout).toBe('function.core.openfunction.io/hello-world\n');
    expect(JSON.parse((await ofn(['get', 'fn', 'hello-world', '-o', 'json'])).stdout)).toMatchObject({ metadata: { name: 'hello-world' } });
    expect((await ofn(['get', 'fn', 'hello-world', '-o', 'yaml'])).stdout).toMatch(/^apiVersion: core\.openfunction\.io\/v1beta2\n/);
    expect((await ofn(['get', 'builders'])).stdout).toContain('Succeeded');
    expect((await ofn(['get', '-n', 'elsewhere'])).stderr).toBe('There is no Function in the namespace "elsewhere".\n');
  });

  it('is found among several kinds, by jsonpath, and once it has a condition', async () => {
    const several = await ofn(['get', 'fn,builders']);
    expect(several.stdout).toMatch(/^NAME .*\nfunction\/hello-world .*\n\nNAME .*\nbuilder\/hello-world-/s);
    const path = 'jsonpath={.metadata.name} {.status.conditions[?(@.type=="Ready")].status}';
    expect((await ofn(['get', 'fn/hello-world', '-o', path, '--wait', 'Ready'])).stdout).toBe('hello-world True');
    const never = await ofn(['get', 'fn', 'hello-world', '--wait', 'Ready=False', '--timeout', '0.3']);
    expect([never.code, never.stderr]).toEqual([
      exitCodes.notReady,
      expect.stringContaining('Function "hello-world" was not Ready=False within 0.3 s; it is True'),
    ]);
    expect((await ofn(['get', 'hello-world'])).stderr).toContain('ofn get fn hello-world');
    expect((await ofn(['delete', 'fn/hello-world', '--dry-run'])).stdout).toBe('function "hello-world" deleted (dry run)\n');
  });

  it('shows what its instances use', async () => {
    expect((await ofn(['invoke', 'hello-world'])).code).toBe(exitCodes.done);
    const { code, stdout } = await ofn(['top']);
    expect(code).toBe(exitCodes.done);
    expect(stdout).toMatch(/^FUNCTION +INSTANCE +CPU +MEMORY +IN-FLIGHT +REQUESTS +AGE\n/);
    expect(stdout).toMatch(/^hello-world +\w+ +\d+m +[1-9]\d+Mi +0 +[1-9]\d* +\d+[sm]$/m);
    expect((await ofn(['top', 'hello-world', '-v'])).stdout).toContain('hello-world');
    expect((await ofn(['top', '-n', 'elsewhere'])).stderr).toBe('No instance of a function runs now. One starts with the next request.\n');
  });

  it('has its events, with those of its builds', async () => {
    const { code, stdout } = await ofn(['events', 'hello-world']);
    expect(code).toBe(exitCodes.done);
    expect(stdout).toMatch(/^AGE +TYPE +REASON +OBJECT +MESSAGE\n/);
    expect(stdout).toMatch(/ Normal +BuildCompleted +function\/hello-world /);
    expect((await ofn(['events', '-A'])).stdout).toContain('BuildCompleted');
    expect((await ofn(['events', 'hello-world', '--warnings'])).stderr).toBe('Nothing happened lately.\n');
    expect((await ofn(['events', 'nobody'])).code).toBe(exitCodes.notFound);
  });

  it('is shown again with each change while it is watched', async () => {
    const stop = new AbortController();
    let shown = '';
    const watching = ofn(['get', '-w'], { signal: stop.signal, onStdout: (text) => (shown += text) });
    await expect.poll(() => shown).toContain('hello-world');
    const manifest = path.join(home, 'watched.yaml');
    writeFileSync(
      manifest,
      'apiVersion: core.openfunction.io/v1beta2\nkind: Function\nmetadata:\n  name: watched\nspec:\n  image: registry.local/watched:v1\n',
    );
    expect((await ofn(['deploy', '-f', manifest, '--no-wait'])).code).toBe(exitCodes.done);
    await expect.poll(() => shown).toMatch(/^NAME .*\nhello-world .*\n(?:.*\n)*watched +.*\n/);
    stop.abort();
    expect((await watching).code).toBe(exitCodes.interrupted);
    await ofn(['delete', 'watched']);
  });

  it('gets CloudEvents, in binary and in structured mode', async () => {
    const code = `exports.heard = (event) => ({ type: event.type, source: event.source, about: event.subject, more: event.more, data: event.data });`;
    const folder = source('heard', code);
    expect((await ofn(['deploy', folder, '--name', 'heard', '--target', 'heard', '--type', 'cloudevent'])).code).toBe(exitCodes.done);
    for (const mode of ['binary', 'structured']) {
      const event = ['--event', 'order.made', '--event-source', '/shop', '--event-subject', 'a "b"', '--event-attribute', 'more=1'];
      const { stdout, stderr } = await ofn(['invoke', 'heard', ...event, '--event-mode', mode, '--data', '{"a":[1]}']);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual({ type: 'order.made', source: '/shop', about: 'a "b"', more: '1', data: { a: [1] } });
    }
    expect((await ofn(['invoke', 'heard', '--event-id', '1'])).stderr).toContain('say its type with --event');
  });

  it('is described from its build to its instances', async () => {
    const { code, stdout } = await ofn(['describe', 'hello-world']);
    expect(code).toBe(exitCodes.done);
    for (const part of ['Function:', 'Conditions:', 'Builders:', 'Servings:', 'Instances:', 'Events:']) expect(stdout).toContain(part);
    expect(stdout).toContain('BuildCompleted');
    expect(stdout).toMatch(/\nNothing is wrong with it\.\n$/);
  });

  it('is deployed again after each change of its folder with --watch, whatever fails in between', async () => {
    const folder = source('watched', "exports.watched = (req, res) => res.send('one');");
    const stop = new AbortController();
    let said = '';
    const onStderr = (text: string): void => void (said += text);
    const watching = ofn(['deploy', folder, '--name', 'seen', '--target', 'watched', '--watch'], { signal: stop.signal, onStderr });
    const timeout = 30_000;
    await expect.poll(() => said, { timeout }).toContain('Waiting for changes');
    expect((await ofn(['invoke', 'seen'])).stdout).toBe('one');
    writeFileSync(path.join(folder, 'index.js'), 'exports.watched = (');
    await expect.poll(() => said, { timeout }).toContain('error (CompileFailed): ');
    writeFileSync(path.join(folder, 'index.js'), "exports.watched = (req, res) => res.send('two');");
    await expect.poll(async () => (await ofn(['invoke', 'seen'])).stdout, { timeout }).toBe('two');
    stop.abort();
    expect((await watching).code).toBe(exitCodes.interrupted);
  });

  it('is shown as it would be applied with --dry-run, and nothing is', async () => {
    const { code, stdout, stderr } = await ofn(['deploy', 'samples/hello-world', '--name', 'not-yet', '--type', 'http', '--dry-run']);
    expect([code, stderr]).toEqual([exitCodes.done, '']);
    expect(stdout).toMatch(/^apiVersion: core\.openfunction\.io\/v1beta2\nkind: Function\n/);
    expect(stdout).toContain('name: not-yet');
    expect(stdout).not.toContain('managedFields');
    expect((await ofn(['get', 'fn', 'not-yet'])).code).toBe(exitCodes.notFound);
  });

  it('is deployed again from an unchanged folder without a build', async () => {
    const { code, stderr } = await ofn(['deploy', 'samples/hello-world']);
    expect(code).toBe(exitCodes.done);
    expect(stderr).not.toContain('Bundling');
  });

  it('shows what its instances wrote, and goes on with -f until it is stopped', async () => {
    const folder = source('talks', "exports.talks = (req, res) => { console.log('said', req.query.word); res.send('ok'); };");
    expect((await ofn(['deploy', folder, '--name', 'talks', '--target', 'talks'])).code).toBe(exitCodes.done);
    await ofn(['invoke', 'talks', '--path', '?word=one']);
    await expect.poll(async () => (await ofn(['logs', 'talks'])).stdout, { timeout: 10_000 }).toBe('said one\n');

    const stop = new AbortController();
    let followed = '';
    const following = ofn(['logs', 'talks', '-f'], { signal: stop.signal, onStdout: (text) => (followed += text) });
    await expect.poll(() => followed, { timeout: 10_000 }).toContain('said one');
    await ofn(['invoke', 'talks', '--path', '?word=two']);
    await expect.poll(() => followed, { timeout: 10_000 }).toContain('said two');
    stop.abort();
    expect((await following).code).toBe(exitCodes.interrupted);
    expect((await ofn(['logs', 'talks', '--tail', '1'])).stdout).toBe('said two\n');
  });

  it('gets a body from a file or stdin, and headers', async () => {
    const folder = source('echo', 'exports.echo = (req, res) => res.send(`${req.method} ${req.get("x-mark")} ${req.rawBody ?? ""}`);');
    expect((await ofn(['deploy', folder, '--name', 'echo', '--target', 'echo'])).code).toBe(exitCodes.done);
    const headers = ['-H', 'x-mark: m', '-H', 'content-type: text/plain'];
    expect((await ofn(['invoke', 'echo', ...headers, '-d', 'text'])).stdout).toBe('POST m text');
    expect((await ofn(['invoke', 'echo', ...headers, '-d', '@-', '-X', 'PUT'], { stdin: 'piped' })).stdout).toBe('PUT m piped');
    expect((await ofn(['invoke', 'echo', ...headers, '-d', `@${path.join(folder, 'package.json')}`])).stdout).toContain('"name":"echo"');
  });

  it('is deployed from a folder of a branch in a git repository', async () => {
    const repository = await gitServer();
    onTestFinished(() => repository.close());
    await repository.commit({ 'README.md': 'nothing to build here' });
    await repository.git('checkout', '-q', '-b', 'next');
    await repository.commit({ 'functions/from-git/index.js': 'exports.fromGit = (req, res) => res.send("from git");' });
    const where = ['--git', repository.url, '--revision', 'next', '--sub-path', 'functions/from-git'];
    const { code, stderr } = await ofn(['deploy', ...where, '--name', 'from-git', '--target', 'fromGit']);
    expect([code, stderr]).toEqual([exitCodes.done, expect.stringContaining('is ready')]);
    expect((await ofn(['invoke', 'from-git'])).stdout).toBe('from git');
    const wrong = await ofn(['deploy', '--git', repository.url, '--revision', 'gone', '--name', 'from-nowhere']);
    expect(wrong.code).toBe(exitCodes.buildFailed);
    expect(wrong.stderr).toContain('error (SourceNotFound)');
  });

  it('is deleted, with all that belongs to it', async () => {
    expect(await ofn(['delete', 'hello-world'])).toEqual({
      code: exitCodes.done,
      stdout: 'function "hello-world" deleted\n',
      stderr: '',
    });
    expect((await ofn(['get', 'fn', 'hello-world'])).code).toBe(exitCodes.notFound);
    await expect.poll(async () => (await ofn(['get', 'builders', '-o', 'name'])).stdout, { timeout: 10_000 }).not.toContain('hello-world');
    expect((await ofn(['delete', 'hello-world'])).code).toBe(exitCodes.notFound);
    expect((await ofn(['delete', 'hello-world', '--ignore-not-found'])).code).toBe(exitCodes.done);
  });
});

describe('a function that does not work', () => {
  it('is not called ready when its first version throws while it is loaded, and the line of its source is said', async () => {
    const folder = source('throws', '// a comment\n\nconst nothing = undefined;\nnothing.here();\nexports.throws = () => {};\n');
    const { code, stdout, stderr } = await ofn(['deploy', folder, '--name', 'throws', '--target', 'throws']);
    expect([code, stdout]).toEqual([exitCodes.notReady, '']);
    expect(stderr).toMatch(
      /error \(LoadFailed\): "throws" is not ready: .*TypeError: Cannot read properties of undefined.* \(index\.js:4:9\)/,
    );
    expect((await ofn(['deploy', folder, '--name', 'unchecked', '--target', 'throws', '--no-check'])).code).toBe(exitCodes.done);
  });

  it('is not called ready when its source has no such function, whether it was checked or not', async () => {
    const folder = source('lacks', '');
    writeFileSync(path.join(folder, 'index.mjs'), 'export const one = (req, res) => res.send("1"); export const two = one;');
    writeFileSync(path.join(folder, 'package.json'), '{"main":"index.mjs"}');
    for (const more of [[], ['--no-check']]) {
      const { code, stderr } = await ofn(['deploy', folder, '--name', `lacks${more.length}`, '--target', 'three', ...more]);
      expect([code, stderr]).toEqual([
        exitCodes.notReady,
        expect.stringContaining(
          'error (TargetNotFound): "lacks' + more.length + '" is not ready: The code has no function "three"; it exports "one", "two".',
        ),
      ]);
    }
  });

  it('shows the end of its build log from the status when the builder has lost the whole', async () => {
    const folder = source('unfinished', 'exports.unfinished = (');
    expect((await ofn(['deploy', folder, '--name', 'unfinished'])).code).toBe(exitCodes.buildFailed);
    const whole = await ofn(['logs', '--build', 'unfinished']);
    expect(whole.stdout).toContain('index.js:1');
    const lost = async (): Promise<string> => {
      rmSync(path.join(dataFolder(path.join(home, '.openfunction')).logs, 'builds'), { recursive: true, force: true });
      return (await ofn(['logs', '--build', 'unfinished'])).stderr;
    };
    // The builder writes it down after the build has ended.
    await expect.poll(lost, { timeout: 10_000 }).toContain('this is the last of it, from its status');
    expect((await ofn(['logs', '--build', 'unfinished'])).stdout).toBe(whole.stdout);
  });

  it('is told of in its events when it ends its process', async () => {
    const folder = source(
      'ends',
      'exports.ends = (req, res) => (req.query.now ? (console.log("farewell"), process.exit(3)) : res.send("here"));',
    );
    expect((await ofn(['deploy', folder, '--name', 'ends', '--target', 'ends'])).code).toBe(exitCodes.done);
    expect((await ofn(['invoke', 'ends', '--path', '?now=1'])).code).toBe(exitCodes.callFailed);
    const warnings = async (): Promise<string> => (await ofn(['events', 'ends', '--warnings'])).stdout;
    await expect
      .poll(warnings, { timeout: 20_000 })
      .toMatch(/ Warning +FunctionCrashed +function\/ends +Instance \w+ ended by itself with exit code 3: /);
    expect((await ofn(['invoke', 'ends'])).stdout).toBe('here');
    expect((await ofn(['logs', 'ends', '--previous'])).stdout).toContain('farewell\n');
    expect((await ofn(['logs', 'throws', '--previous'])).stderr).toContain('is kept.');
  });

  it('ends deploy with the compiler’s message, file and line', async () => {
    const { code, stdout, stderr } = await ofn(['deploy', 'e2e/functions/syntax-error']);
    expect(code).toBe(exitCodes.buildFailed);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/error \(CompileFailed\): .*index\.js:2:20: Expected "\)" but found ";"/);
    const described = (await ofn(['describe', 'syntax-error'])).stdout;
    expect(described).toContain('index.js:2:20');
    expect(described).toContain('Correct the source, and deploy it again.');
    const called = await ofn(['invoke', 'syntax-error']);
    expect(called.code).toBe(exitCodes.notReady);
    expect(called.stderr).toMatch(/^error \(NotReady\): "syntax-error" cannot be called yet: .*index\.js:2:20/);
  });

  it('says of a call that failed which status it got, and describe says why', async () => {
    expect((await ofn(['deploy', 'e2e/functions/broken', '--no-check'])).code).toBe(exitCodes.done);
    const called = await ofn(['invoke', 'broken']);
    expect(called.code).toBe(exitCodes.callFailed);
    expect(called.stderr).toContain('503');
    expect(called.stdout).not.toContain('the database');
    await expect
      .poll(async () => (await ofn(['describe', 'broken'])).stdout, { timeout: 10_000 })
      .toMatch(/What is wrong:\n.*No instance of it starts.*the database is not configured/);
  });

  it('ends the deployment of a version that does not load with what it said, and callers keep the one before', async () => {
    const folder = source('turns', 'exports.turns = (req, res) => res.send("good");');
    const deploy = ['deploy', folder, '--name', 'turns', '--target', 'turns'];
    expect((await ofn(deploy)).code).toBe(exitCodes.done);
    writeFileSync(path.join(folder, 'index.js'), 'throw new Error("no table of that name");');
    const { code, stderr } = await ofn(deploy);
    expect(code).toBe(exitCodes.notReady);
    expect(stderr).toMatch(/error \(LoadFailed\): .*no table of that name/);
    expect((await ofn(['invoke', 'turns'])).stdout).toBe('good');
    expect((await ofn(['describe', 'turns'])).stdout).toMatch(
      /no table of that name \(bundle:3:7\)\n +Callers still get the version before/,
    );
  });

  it('is built again when it is deployed again, though nothing has changed', async () => {
    const folder = source('needy', 'exports.needy = (;');
    const deploy = ['deploy', folder, '--name', 'needy'];
    expect((await ofn(deploy)).code).toBe(exitCodes.buildFailed);
    const [first] = builders('needy', await ofn(['get', 'builders', '-o', 'json']));
    const again = await ofn(deploy);
    expect(again.code).toBe(exitCodes.buildFailed);
    const [second] = builders('needy', await ofn(['get', 'builders', '-o', 'json']));
    expect(second?.name).toBe(first?.name);
    expect(second?.uid).not.toBe(first?.uid);
  });

  it('is given up when it does not answer in time', async () => {
    const folder = source('silent', 'exports.silent = () => new Promise(() => {});');
    await ofn(['deploy', folder, '--name', 'silent', '--target', 'silent']);
    const { code, stderr } = await ofn(['invoke', 'silent', '--timeout', '1']);
    expect(code).toBe(exitCodes.callFailed);
    expect(stderr).toContain('error (CallTimeout): "silent" did not answer within 1 s.');
  });

  it('ends with another code for each kind of failure', async () => {
    const bad = path.join(home, 'bad.yaml');
    writeFileSync(
      bad,
      'apiVersion: core.openfunction.io/v1beta2\nkind: Function\nmetadata:\n  name: bad\nspec:\n  image: "Not An Image"\n',
    );
    const codes = {
      notFound: (await ofn(['invoke', 'nobody'])).code,
      refused: (await ofn(['deploy', '-f', bad])).code,
      usage: (await ofn(['get', 'frobnicators'])).code,
      unreachable: (await ofn(['get', '--kubeconfig', path.join(home, 'none')])).code,
    };
    for (const [name, code] of Object.entries(codes)) expect([name, code]).toEqual([name, exitCodes[name as keyof typeof exitCodes]]);
  });
});

describe('the kubeconfig', () => {
  interface Config {
    clusters: { name: string; cluster: Record<string, string> }[];
    users: { name: string; user: Record<string, unknown> }[];
    contexts: unknown[];
    'current-context': string;
  }
  const written = (name: string, config: object): string => {
    const file = path.join(home, name);
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config }));
    return file;
  };
  const own = (): Config => JSON.parse(readFileSync(path.join(home, '.openfunction', 'kubeconfig'), 'utf8')) as Config;
  const changed = (change: (config: Config) => void): Config => {
    const config = own();
    change(config);
    return config;
  };

  it('may be a copy: the platform of this machine is known by its address', async () => {
    const { code, stderr } = await ofn(['invoke', 'nobody', '--kubeconfig', written('copied', own())]);
    expect(stderr).toContain('There is no Function "nobody"');
    expect(code).toBe(exitCodes.notFound);
    const folder = source('copied', 'exports.copied = (req, res) => res.send("ok");');
    expect((await ofn(['deploy', folder, '--name', 'copied', '--target', 'copied', '--kubeconfig', path.join(home, 'copied')])).code).toBe(
      0,
    );
  });

  it('may refer to files', async () => {
    const config = changed(({ clusters: [one] }) => {
      const { 'certificate-authority-data': data = '', ...cluster } = one?.cluster ?? {};
      writeFileSync(path.join(home, 'ca.crt'), Buffer.from(data, 'base64'));
      if (one !== undefined) one.cluster = { ...cluster, 'certificate-authority': 'ca.crt' };
    });
    expect((await ofn(['version', '--kubeconfig', written('by-file', config)])).stdout).toContain('platform');
  });

  it('may log in by a plugin', async () => {
    const config = changed(({ users: [one] }) => {
      const { token } = one?.user ?? {};
      const answer = JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } });
      const exec = {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: process.execPath,
        args: ['-p', JSON.stringify(answer)],
        interactiveMode: 'Never',
      };
      if (one !== undefined) one.user = { exec };
    });
    expect((await ofn(['version', '--kubeconfig', written('by-plugin', config)])).stdout).toContain('platform');
  });

  it('may be several files, of which those that are there count', async () => {
    const { users, contexts, clusters, 'current-context': current } = own();
    const files = [
      written('users', { users, contexts: [], clusters: [] }),
      path.join(home, 'absent'),
      written('rest', { contexts, clusters, users: [], 'current-context': current }),
    ];
    const { stdout, stderr } = await ofn(['version', '-v'], { env: { ...env, KUBECONFIG: files.join(path.delimiter) } });
    expect(stdout).toContain('platform');
    expect(stderr).toContain('$KUBECONFIG');
  });

  it('says what is wrong with it', async () => {
    const none = await ofn(['version', '--context', 'other', '--kubeconfig', written('plain', own())]);
    expect(none.stderr).toContain('error (BadKubeconfig): The kubeconfig cannot be used: it has no context "other".');
    const stranger = changed(({ users: [one] }) => void (one !== undefined && (one.user = { token: 'wrong' })));
    const refused = await ofn(['get', '--kubeconfig', written('stranger', stranger)]);
    expect(refused.code).toBe(exitCodes.refused);
    expect(refused.stderr).toContain('error (Unauthorized)');
  });
});

it('prints its version and that of the platform', async () => {
  expect((await ofn(['version'])).stdout).toMatch(/^ofn +\d+\.\d+\.\d+\nplatform +v\S+\n$/);
});
