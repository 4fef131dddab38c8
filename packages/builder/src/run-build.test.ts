import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTar, writeTar } from '@openfunction/artifact';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planBuild, type BuildPlan } from './build/plan.ts';
import type { BuildOutput } from './exchange/output-archive.ts';
import { runBuild, type BuildResult, type BuildSite } from './run-build.ts';
import { gitServer } from './testing/git-server.ts';
import { npmRegistry, type TestRegistry } from './testing/npm-registry.ts';

let dir = '';
let registry: TestRegistry;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ofn-build-'));
  registry = await npmRegistry([
    { 'package.json': '{"name":"left","version":"1.0.0","main":"index.js"}', 'index.js': 'exports.left = (text) => `< ${text}`;' },
    {
      'package.json': '{"name":"nosy","version":"1.0.0","scripts":{"install":"touch /tmp/ofn-ran"},"main":"index.js"}',
      'index.js': 'exports.x = 1;',
    },
    {
      'package.json': '{"name":"@data/fonts","version":"1.0.0","main":"lib/index.js"}',
      'lib/index.js':
        'exports.font = () => require("node:fs").readFileSync(require("node:path").join(__dirname, "../data/a.afm"), "utf8");',
      'data/a.afm': 'glyphs',
      'README.md': 'x',
      'test/a.txt': 'x',
    },
  ]);
});
afterEach(async () => {
  await registry.close();
  await rm(dir, { recursive: true, force: true });
});

interface Built {
  result: BuildResult;
  output?: BuildOutput;
  log: string;
}

const loopback = { addresses: ['127.0.0.1'], folders: [] };
let round = 0;
async function built(
  files: Record<string, string>,
  given: { env?: Record<string, string>; plan?: Partial<BuildPlan>; site?: Partial<BuildSite> } = {},
): Promise<Built> {
  round += 1;
  const entries = Object.entries(files).map(([path, text]) => ({ path, kind: 'file' as const, bytes: Buffer.from(text) }));
  const tar = await writeTar(entries);
  const plan = {
    ...planBuild({ image: 'r.test/x:1', env: given.env, srcRepo: { bundleContainer: { image: 'r.test/s:1' } } }, loopback),
    ...given.plan,
  };
  return run({ plan, source: async () => tar, ...given.site }, `${round}`);
}

async function run(given: Pick<BuildSite, 'plan' | 'source'> & Partial<BuildSite>, name: string): Promise<Built> {
  const made: Built = { result: { succeeded: false, reason: '', message: '' }, log: '' };
  made.result = await runBuild({
    npm: { registry: registry.url },
    ...given,
    workDir: join(dir, name),
    deliver: async (output) => void (made.output = output),
    log: (text) => (made.log += text),
  });
  return made;
}

async function assetsOf({ output }: Built): Promise<string[]> {
  const names: string[] = [];
  if (output !== undefined && output.assets.length > 0) for await (const entry of readTar(output.assets)) names.push(entry.path);
  return names;
}

describe('a build', () => {
  it('makes the same artifact of the same source, wherever it lies and in whatever order it came', async () => {
    const files = { 'index.ts': 'export { a } from "./b.ts";', 'b.ts': 'export const a = () => __dirname;', 'page.html': '<p>' };
    const first = await built(files);
    expect(first.result).toMatchObject({ succeeded: true, digest: expect.stringMatching(/^sha256:/) });
    const reversed = Object.fromEntries(Object.entries(files).toReversed());
    expect((await built(reversed)).result).toEqual(first.result);
    expect((await built({ ...files, 'page.html': '<b>' })).result).not.toEqual(first.result);
  });

  it('ships the files beside the source, without history, dependencies and secrets', async () => {
    const files = {
      'index.js': 'exports.main = 1',
      'page.html': '<p>',
      '.git/config': 's',
      '.env': 's',
      '.npmrc': 's',
      'node_modules/x/a.js': '1',
    };
    expect(await assetsOf(await built(files))).toEqual(['index.js', 'page.html']);
    expect(await assetsOf(await built(files, { env: { FUNC_CLEAR_SOURCE: 'true' } }))).toEqual(['page.html']);
  });

  it('begins where FUNC_SRC says', async () => {
    const files = { 'index.js': 'exports.a = 1', 'other/index.js': 'exports.b = 1', 'third.js': 'exports.c = 1' };
    const entryOf = async (FUNC_SRC: string): Promise<unknown> =>
      (JSON.parse(Buffer.from((await built(files, { env: { FUNC_SRC } })).output?.manifest ?? '{}').toString()) as { entry?: unknown })
        .entry;
    expect([await entryOf('other'), await entryOf('third.js')]).toEqual(['other/index.js', 'third.js']);
    expect((await built(files, { env: { FUNC_SRC: 'gone' } })).result).toMatchObject({ reason: 'EntryNotFound' });
  });

  it('builds a folder of a git repository and says which commit', async () => {
    const server = await gitServer();
    try {
      const commitSha = await server.commit({ 'fn/index.js': 'exports.main = () => 1', 'other.js': '' });
      const order = { image: 'r.test/x:1', srcRepo: { url: server.url, revision: 'main', sourceSubPath: 'fn' } };
      const plan = planBuild(order, loopback);
      const { result } = await run({ plan }, 'git');
      expect(result).toMatchObject({ succeeded: true, commitSha, commitAuthor: 'Ada' });
    } finally {
      await server.close();
    }
  });

  it('shows the compiler its own words, with file and line', async () => {
    const { result, log } = await built({ 'index.ts': 'export const a = 1;\nexport const b = ( => 1;' });
    expect(result).toMatchObject({ reason: 'CompileFailed', message: expect.stringMatching(/index\.ts:2:\d+: Unexpected "=>"/) });
    expect(log).toContain('index.ts:2:');
  });

  it('shows what the compiler warns of', async () => {
    const { result, log } = await built({ 'index.js': 'exports.main = () => 1;\nif (typeof x === "strin") x();' });
    expect(result).toMatchObject({ succeeded: true });
    expect(log).toMatch(/Warning: index\.js:2:\d+: .*typeof/);
  });

  it('says why it failed', async () => {
    expect((await built({ 'readme.md': '' })).result).toMatchObject({ succeeded: false, reason: 'EntryNotFound' });
    const gone = { plan: { source: { kind: 'bundle' as const, image: 'r.test/s:1', subPath: 'nowhere' } } };
    expect((await built({ 'index.js': '' }, gone)).result).toMatchObject({ succeeded: false, reason: 'SourceNotFound' });
    expect((await built({ 'index.js': '', 'package.json': '{' })).result).toMatchObject({ reason: 'CompileFailed' });
  });

  it.each<[string, Record<string, string>]>([
    ['a package.json of very deep objects', { 'package.json': `{"exports":${'{"default":'.repeat(50_000)}"x"${'}'.repeat(50_000)}}` }],
    ['a package.json whose main leaves the source', { 'package.json': '{"main":"../../../../../../etc/hostname"}', 'x.js': '' }],
    [
      'a package.json with keys of prototypes',
      { 'package.json': '{"__proto__":{"main":"/etc/hostname"},"constructor":{"prototype":{"main":"x"}}}', 'x.js': '' },
    ],
    ['a package.json that is a list', { 'package.json': '["index.js"]', 'x.js': '' }],
    ['an entry that is a folder', { 'index.js/x': '' }],
    [
      'a tsconfig that extends itself in a ring',
      { 'index.ts': 'export const a: = 1', 'tsconfig.json': '{"extends":"./b.json"}', 'b.json': '{"extends":"./tsconfig.json"}' },
    ],
    [
      'a tsconfig that maps a module outside',
      {
        'index.ts': 'import x from "out"; export const a = x',
        'tsconfig.json': '{"compilerOptions":{"baseUrl":".","paths":{"out":["/etc/hostname"]}}}',
      },
    ],
    ['an import of a data address', { 'index.js': 'import x from "file:///etc/hostname"; export const a = x' }],
  ])('fails well with %s', async (_what, files) => {
    const { result, output } = await built(files);
    expect(result).toMatchObject({
      succeeded: false,
      reason: expect.stringMatching(/^(?:CompileFailed|EntryNotFound|BuildFailed|SourceRefused)$/),
    });
    expect(output).toBeUndefined();
    expect((result as { message: string }).message).not.toMatch(/\n\s+at /);
  });

  it('bundles no file of the machine that builds', async () => {
    await writeFile(join(dir, 'secret.json'), '{"a":"hidden value"}');
    const outside = join(dir, 'secret.json');
    for (const source of [
      `import s from ${JSON.stringify(outside)}; export const main = s;`,
      `exports.main = require('../../secret.json')`,
    ]) {
      const { result, output } = await built({ 'index.js': source });
      expect(result).toMatchObject({ reason: 'CompileFailed', message: expect.stringContaining('lies outside the source') });
      expect(output).toBeUndefined();
    }
    const broken = { 'index.ts': 'export const a = 1', 'tsconfig.json': JSON.stringify({ extends: join(dir, 'secret.txt') }) };
    await writeFile(join(dir, 'secret.txt'), 'hidden value');
    const extended = await built(broken);
    expect(JSON.stringify(extended)).not.toContain('hidden');
  });
});

describe('a build with dependencies', () => {
  const index = 'const { left } = require("left"); exports.main = (req, res) => res.send(left("x"));';

  it('installs them from the registry and bundles them', async () => {
    const made = await built({ 'index.js': index, 'package.json': '{"dependencies":{"left":"^1.0.0"}}' });
    expect(made.result, made.log).toMatchObject({ succeeded: true });
    expect(Buffer.from(made.output?.bundle ?? '').toString()).toContain('`< ${text}`');
    expect(await assetsOf(made)).toEqual(['index.js', 'package.json']);
    expect(made.log).toContain('There is no package-lock.json');
  });

  it('takes no orders from the .npmrc of the source', async () => {
    const away = join(dir, 'away');
    const npmrc = [`prefix=${away}`, 'global=true', 'location=global', `logs-dir=${away}`, `cache=${away}`, 'ignore-scripts=false'].join(
      '\n',
    );
    const packageJson = JSON.stringify({ scripts: { postinstall: `mkdir ${away}` }, dependencies: { left: '1.0.0' } });
    const made = await built({ 'index.js': index, 'package.json': packageJson, '.npmrc': npmrc });
    expect(made.result, made.log).toMatchObject({ succeeded: true });
    await expect(readdir(away)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('runs no script of any package', async () => {
    const marker = '/tmp/ofn-ran';
    await rm(marker, { force: true });
    const scripts = { postinstall: `touch ${marker}`, prepare: `touch ${marker}` };
    const packageJson = JSON.stringify({ scripts, dependencies: { nosy: '1.0.0' } });
    const made = await built({ 'index.js': 'require("nosy"); exports.main = 1;', 'package.json': packageJson });
    expect(made.result, made.log).toMatchObject({ succeeded: true });
    await expect(readFile(marker)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('installs exactly what package-lock.json pins, from the registry that it was told', async () => {
    const newer = await npmRegistry([
      { 'package.json': '{"name":"left","version":"1.0.0"}', 'index.js': 'exports.left = () => "pinned"' },
      { 'package.json': '{"name":"left","version":"1.1.0"}', 'index.js': 'exports.left = () => "newest"' },
    ]);
    try {
      const files = { 'index.js': index, 'package.json': '{"name":"fn","dependencies":{"left":"1.0.0"}}' };
      const lock = newer.lock({ left: '1.0.0' });
      const env = { NPM_CONFIG_REGISTRY: newer.url };
      const made = await built({ ...files, 'package-lock.json': lock }, { env });
      expect(made.result, made.log).toMatchObject({ succeeded: true });
      expect(Buffer.from(made.output?.bundle ?? '').toString()).toContain('"pinned"');
      expect((await built({ ...files, 'package-lock.json': lock }, { env })).result).toEqual(made.result);
    } finally {
      await newer.close();
    }
  });

  it('installs exactly what pnpm-lock.yaml pins', async () => {
    const newer = await npmRegistry([
      { 'package.json': '{"name":"left","version":"1.0.0"}', 'index.js': 'exports.left = () => "pinned"' },
      { 'package.json': '{"name":"left","version":"1.1.0"}', 'index.js': 'exports.left = () => "newest"' },
    ]);
    try {
      const files = { 'index.js': index, 'package.json': '{"name":"fn","dependencies":{"left":"1.0.0"}}' };
      const env = { NPM_CONFIG_REGISTRY: newer.url };
      const lock = newer.pnpmLock({ left: '1.0.0' });
      const hostile = JSON.stringify({
        packages: ['..'],
        modulesDir: join(dir, 'away'),
        storeDir: join(dir, 'away'),
        pnpmfile: 'evil.cjs',
        lockfileDir: '..',
      });
      const settings = {
        'pnpm-workspace.yaml': hostile,
        '.npmrc': `modules-dir=${dir}/away\nstore-dir=${dir}/away\nignore-scripts=false\nnode-linker=pnp\n`,
        '.pnpmfile.cjs': `require('fs').writeFileSync(${JSON.stringify(join(dir, 'away'))}, '')`,
        'evil.cjs': `require('fs').writeFileSync(${JSON.stringify(join(dir, 'away'))}, '')`,
      };
      const made = await built({ ...files, ...settings, 'pnpm-lock.yaml': lock }, { env });
      expect(made.result, made.log).toMatchObject({ succeeded: true });
      expect(made.log).toContain('with pnpm install');
      expect(Buffer.from(made.output?.bundle ?? '').toString()).toContain('"pinned"');
      expect(await readdir(dir)).not.toContain('away');
      const other = lock.replace(/sha512-[^"]+/, `sha512-${'A'.repeat(86)}==`);
      const { result } = await built({ ...files, 'pnpm-lock.yaml': other }, { env });
      expect(result).toMatchObject({ reason: 'InstallFailed', message: expect.stringMatching(/INTEGRITY|integrity/) });
      const stale = { ...files, 'package.json': '{"name":"fn","dependencies":{"left":"^1.1.0"}}', 'pnpm-lock.yaml': lock };
      expect((await built(stale, { env })).result).toMatchObject({
        reason: 'InstallFailed',
        message: expect.stringContaining('OUTDATED_LOCKFILE'),
      });
    } finally {
      await newer.close();
    }
  }, 60_000);

  it.each(['yarn.lock', 'bun.lock'])('refuses %s alone and says what to do', async (file) => {
    const { result } = await built({ 'index.js': index, 'package.json': '{"dependencies":{"left":"1.0.0"}}', [file]: '' });
    expect(result).toMatchObject({
      reason: 'InstallFailed',
      message: expect.stringMatching(/is not read here.*package-lock\.json.*pnpm-lock\.yaml/s),
    });
  });

  it('opens a private registry with the lines of the Secret, which no log shows', async () => {
    const token = 'npm_canary_0123456789';
    const closed = await npmRegistry(
      [{ 'package.json': '{"name":"@own/left","version":"1.0.0"}', 'index.js': 'exports.left = () => "private"' }],
      '127.0.0.1',
      { token },
    );
    try {
      const { host } = new URL(closed.url);
      const npmrc = `@own:registry=${closed.url}\n//${host}/:_authToken=${token}\nscript-shell=/bin/evil\n`;
      const files = {
        'index.js': 'const { left } = require("@own/left"); exports.main = left; require("nosy");',
        'package.json': '{"dependencies":{"@own/left":"1.0.0","nosy":"1.0.0"}}',
      };
      const made = await built(files, { site: { credentials: async () => ({ npmrc }) } });
      expect(made.result, made.log).toMatchObject({ succeeded: true });
      expect(Buffer.from(made.output?.bundle ?? '').toString()).toContain('"private"');
      expect(made.log).toContain('script-shell of NPMRC has no effect here');
      const denied = await built(files, { site: { credentials: async () => ({ npmrc: npmrc.replace(token, 'npm_wrong_0123456789') }) } });
      expect(denied.result).toMatchObject({ reason: 'InstallFailed', message: expect.stringContaining('401') });
      expect(JSON.stringify([made, denied])).not.toMatch(/npm_canary|npm_wrong/);
    } finally {
      await closed.close();
    }
  }, 60_000);

  it('runs scripts of packages where that is asked for and allowed, and says where it is not', async () => {
    const marker = '/tmp/ofn-ran';
    await rm(marker, { force: true });
    const files = { 'index.js': 'require("nosy"); exports.main = 1;', 'package.json': '{"dependencies":{"nosy":"1.0.0"}}' };
    const env = { NPM_CONFIG_IGNORE_SCRIPTS: 'false' };
    expect((await built(files, { env })).result).toMatchObject({
      reason: 'InstallFailed',
      message: expect.stringContaining('not caged well enough'),
    });
    const made = await built(files, { env, site: { npm: { registry: registry.url, scripts: true } } });
    expect(made.result, made.log).toMatchObject({ succeeded: true });
    expect(await readFile(marker, 'utf8')).toBe('');
    await rm(marker, { force: true });
  });

  it('fetches no package from an address of this machine that nobody allowed', async () => {
    const strict = { plan: { rules: { addresses: [], folders: [] } } };
    const inner = await npmRegistry([{ 'package.json': '{"name":"left","version":"1.0.0"}', 'index.js': 'exports.left = () => "inner"' }]);
    const { port } = new URL(inner.url);
    const lock = inner.lock({ left: '1.0.0' }).replace('https://registry.npmjs.org', `http://2130706433:${port}`);
    const plain = { 'index.js': index, 'package.json': '{"name":"fn","dependencies":{"left":"1.0.0"}}' };
    const tries: (() => Promise<Built>)[] = [
      () => built(plain, { ...strict, env: { NPM_CONFIG_REGISTRY: `http://localhost:${port}` } }),
      () => built({ ...plain, 'package-lock.json': lock }, strict),
      () => built({ 'index.js': index, 'package.json': `{"dependencies":{"left":"http://169.254.169.254/left.tgz"}}` }, strict),
      () =>
        built(
          { ...plain, 'pnpm-lock.yaml': inner.pnpmLock({ left: '1.0.0' }), '.npmrc': 'noproxy=*\n' },
          { ...strict, env: { NPM_CONFIG_REGISTRY: `http://localhost:${port}` } },
        ),
    ];
    for (const attempt of tries)
      expect((await attempt()).result).toMatchObject({
        reason: 'InstallFailed',
        message: expect.stringContaining('build.allowedAddresses'),
      });
    expect(inner.asked).toEqual([]);
    await inner.close();
    // The operator's own registry is reached wherever it is.
    expect((await built({ ...plain, '.npmrc': 'noproxy=*\n' }, strict)).result).toMatchObject({ succeeded: true });
  }, 60_000);

  it('refuses what differs from what package-lock.json pins', async () => {
    const lock = registry.lock({ left: '1.0.0' }).replace(/sha512-[^"]+/, `sha512-${'A'.repeat(86)}==`);
    const files = { 'index.js': index, 'package.json': '{"name":"fn","dependencies":{"left":"1.0.0"}}', 'package-lock.json': lock };
    expect((await built(files)).result).toMatchObject({ reason: 'InstallFailed', message: expect.stringContaining('EINTEGRITY') });
  });

  it("shows npm's own words when one is not there", async () => {
    const { result } = await built({ 'index.js': index, 'package.json': '{"dependencies":{"gone":"1.0.0"}}' });
    expect(result).toMatchObject({ reason: 'InstallFailed', message: expect.stringMatching(/404.*gone.*NPM_CONFIG_REGISTRY/s) });
  });

  it('takes the registry that the build names', async () => {
    const other = await npmRegistry([{ 'package.json': '{"name":"left","version":"2.0.0"}', 'index.js': 'exports.left = () => "other"' }]);
    try {
      const env = { NPM_CONFIG_REGISTRY: other.url };
      const made = await built({ 'index.js': index, 'package.json': '{"dependencies":{"left":"*"}}' }, { env });
      expect(Buffer.from(made.output?.bundle ?? '').toString()).toContain('"other"');
    } finally {
      await other.close();
    }
  });

  it('reaches no folder outside by a dependency on a file', async () => {
    await writeFile(join(dir, 'index.js'), 'module.exports = "hidden value"');
    await writeFile(join(dir, 'package.json'), '{"name":"out","version":"1.0.0"}');
    const source = { 'index.js': 'exports.main = require("out")' };
    const lock = { lockfileVersion: 3, packages: { 'node_modules/out': { version: '1.0.0', resolved: 'file:../../out.tgz' } } };
    for (const files of [
      { 'package.json': '{"dependencies":{"out":"file:../.."}}' } as Record<string, string>,
      { 'package.json': '{"dependencies":{"out":"1.0.0"}}', 'package-lock.json': JSON.stringify(lock) },
      { 'package.json': '{"dependencies":{"left":"1.0.0"},"overrides":{"left":{".":"file:../../out.tgz"}}}' },
      { 'package.json': '{"dependencies":{"left":"1.0.0"},"workspaces":["../../*"]}' },
      {
        'package.json': '{"dependencies":{"out":"1.0.0"}}',
        'pnpm-lock.yaml': 'importers:\n  .:\n    dependencies:\n      out: {specifier: 1.0.0, version: link:../..}\n',
      },
      {
        'package.json': '{"dependencies":{"out":"1.0.0"}}',
        'pnpm-lock.yaml': 'packages:\n  out@file:../..:\n    resolution: {directory: ../.., type: directory}\n',
      },
    ]) {
      const { result } = await built({ ...source, ...files });
      expect(result).toMatchObject({ reason: 'InstallFailed', message: expect.stringContaining('outside the source') });
    }
  });

  it('ships the files that a dependency reads beside its code', async () => {
    const packageJson = '{"dependencies":{"@data/fonts":"1.0.0","left":"1.0.0"}}';
    const made = await built({ 'index.js': `${index} exports.font = require("@data/fonts").font;`, 'package.json': packageJson });
    expect(made.result, made.log).toMatchObject({ succeeded: true });
    expect(await assetsOf(made)).toEqual([
      'index.js',
      'node_modules/@data/fonts/data/a.afm',
      'node_modules/@data/fonts/package.json',
      'package.json',
    ]);
  });

  it('takes a folder of the source as a dependency', async () => {
    const made = await built({
      'index.js': 'exports.main = require("own").own',
      'own/index.js': 'exports.own = "from own"',
      'own/package.json': '{"name":"own","version":"1.0.0"}',
      'package.json': '{"dependencies":{"own":"file:./own"}}',
    });
    expect(made.result, made.log).toMatchObject({ succeeded: true });
    expect(Buffer.from(made.output?.bundle ?? '').toString()).toContain('from own');
  });
});
