import { gitServer, npmRegistry, sshGitServer, type TestGitServer, type TestRegistry } from '@openfunction/builder/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { kubectl, manifest, remove } from '../support/functions.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();

let registry: TestRegistry;
let repository: TestGitServer;
beforeAll(async () => {
  registry = await npmRegistry(
    [
      {
        'package.json': '{"name":"@e2e/words","version":"1.0.0","main":"lib/index.js"}',
        'lib/index.js': 'exports.words = () => require("node:fs").readFileSync(require("node:path").join(__dirname, "words.txt"), "utf8");',
        'lib/words.txt': 'from a dependency',
      },
    ],
    target.serverHost,
  );
  repository = await gitServer({ host: target.serverHost });
});
afterAll(async () => {
  await remove(target, 'default', 'from-git', 'second-of-it', 'over-ssh', 'no-such-branch', 'in-go');
  await registry.close();
  await repository.close();
});

interface Source {
  name: string;
  revision: string;
  url?: string;
  credentials?: { name: string };
}

async function apply({ name, revision, ...place }: Source): Promise<void> {
  const fn = manifest(target, { name, target: 'main' }) as { spec: { build: Record<string, unknown> } };
  const env = { FUNC_NAME: 'main', FUNC_TYPE: 'http', NPM_CONFIG_REGISTRY: registry.url };
  fn.spec.build = { ...fn.spec.build, env, srcRepo: { url: repository.url, revision, sourceSubPath: 'fn', ...place } };
  const { code, stderr } = await target.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(fn) });
  expect(stderr).toBe('');
  expect(code).toBe(0);
}

it('builds a folder of a git branch, with the dependencies that its registry has', async () => {
  await repository.git('checkout', '-q', '-b', 'release');
  const commit = await repository.commit({
    'fn/package.json': '{"type":"module","main":"index.mjs","dependencies":{"@e2e/words":"^1.0.0"}}',
    'fn/index.mjs': `import { words } from '@e2e/words'; export const main = (req, res) => res.send(words()); export const other = (req, res) => res.send('other function');`,
    'other/index.js': 'not built',
  });
  await apply({ name: 'from-git', revision: 'release' });
  await kubectl(target, 'wait', '--for=condition=Ready', 'functions.core.openfunction.io/from-git', '--timeout=120s');
  expect(await call(target, 'from-git')).toMatchObject({ status: 200, body: 'from a dependency' });
  const sources = await kubectl(target, 'get', 'functions.core.openfunction.io', 'from-git', '-o', 'jsonpath={.status.sources}');
  expect(sources).toContain(commit);

  // Another Function of the same artifact: it has no build, and names its own export.
  const second = manifest(target, { name: 'second-of-it', target: 'other' }) as { spec: Record<string, unknown> };
  const { build: _none, ...spec } = second.spec;
  const { image } = (manifest(target, { name: 'from-git', target: 'main' }) as { spec: { image: string } }).spec;
  const serving = { params: { FUNCTION_TARGET: 'other', FUNCTION_SIGNATURE_TYPE: 'http' }, triggers: { http: {} } };
  const applied = await target.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify({ ...second, spec: { ...spec, image, serving } }) });
  expect(applied.stderr).toBe('');
  await kubectl(target, 'wait', '--for=condition=Ready', 'functions.core.openfunction.io/second-of-it', '--timeout=120s');
  expect(await call(target, 'second-of-it')).toMatchObject({ status: 200, body: 'other function' });
});

it('says which builders there are when another one is asked for', async () => {
  const fn = manifest(target, { name: 'in-go', target: 'main' }) as { spec: { build: Record<string, unknown> } };
  fn.spec.build = { ...fn.spec.build, builder: 'openfunction/builder-go:latest', srcRepo: { url: repository.url } };
  await target.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(fn) });
  await kubectl(
    target,
    'wait',
    '--for=jsonpath={.status.build.reason}=BuilderNotSupported',
    'functions.core.openfunction.io/in-go',
    '--timeout=60s',
  );
  expect(await kubectl(target, 'describe', 'functions.core.openfunction.io', 'in-go')).toContain('openfunction/builder-node');
});

it('builds from a private repository over SSH, with a key of a Secret', async () => {
  const commit = await repository.commit({
    'fn/package.json': '{}',
    'fn/index.mjs': `export const main = (req, res) => res.send('over ssh');`,
  });
  const server = await sshGitServer(repository.root, target.serverHost);
  try {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'deploy-key' },
      type: 'kubernetes.io/ssh-auth',
      stringData: { 'ssh-privatekey': server.privateKey, known_hosts: server.knownHosts },
    };
    expect(await target.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(secret) })).toMatchObject({ code: 0 });
    await apply({ name: 'over-ssh', revision: commit.slice(0, 8), url: server.url, credentials: { name: 'deploy-key' } });
    await kubectl(target, 'wait', '--for=condition=Ready', 'functions.core.openfunction.io/over-ssh', '--timeout=120s');
    expect(await call(target, 'over-ssh')).toMatchObject({ status: 200, body: 'over ssh' });
  } finally {
    await kubectl(target, 'delete', 'secret', 'deploy-key');
    await server.close();
  }
});

it('says which revision is not there', async () => {
  await apply({ name: 'no-such-branch', revision: 'gone' });
  await kubectl(
    target,
    'wait',
    '--for=jsonpath={.status.build.state}=Failed',
    'functions.core.openfunction.io/no-such-branch',
    '--timeout=120s',
  );
  expect(await kubectl(target, 'describe', 'functions.core.openfunction.io', 'no-such-branch')).toMatch(/has no revision .*gone/);
  // The instance of the build is gone by now; its log and its reason are not.
  const said = await target.ofn(['logs', '--build', 'no-such-branch']);
  expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining('Fetching the source') });
  expect(said.stderr).toMatch(/ended as Failed: SourceNotFound: .*gone/);
});
