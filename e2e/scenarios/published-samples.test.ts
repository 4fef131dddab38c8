import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gitServer, type TestGitServer } from '@openfunction/builder/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { kubectl, remove } from '../support/functions.ts';
import { useTarget } from '../targets/use-target.ts';

// Manifests as users of OpenFunction have them, from a repository of samples as they have it.
const target = await useTarget();
const base = 'functions/knative';
const sources = path.resolve(import.meta.dirname, '../functions/published');
const names = ['sample-esm', 'sample-commonjs', 'sample-multiple', 'sample-paths', 'sample-config', 'sample-aggregation', 'sample-go'];

interface Sample {
  name: string;
  folder: string;
  builder?: string;
  env?: Record<string, string>;
  serving?: Record<string, unknown>;
}

let repository: TestGitServer;

async function apply({ name, folder, builder = 'openfunction/builder-node:v2-16.15', env, serving }: Sample): Promise<void> {
  const sample = {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name },
    spec: {
      version: 'v1.0.0',
      image: `${target.imagePrefix}/${name}:v1`,
      imageCredentials: { name: 'push-secret' },
      build: { builder, env, srcRepo: { url: repository.url, sourceSubPath: `${base}/${folder}`, revision: 'main' } },
      serving: {
        template: { containers: [{ name: 'function', imagePullPolicy: 'IfNotPresent' }] },
        triggers: { http: { port: 8080 } },
        ...serving,
      },
    },
  };
  // Published manifests have fields of older versions, which strict validation would refuse.
  const { code, stderr } = await target.kubectl(['apply', '--validate=warn', '-f', '-'], { stdin: JSON.stringify(sample) });
  expect([code, stderr]).toEqual([
    0,
    serving?.['runtime'] === undefined ? '' : expect.stringContaining('unknown field "spec.serving.runtime"'),
  ]);
}

const config = {
  template: {
    containers: [
      {
        name: 'function',
        imagePullPolicy: 'IfNotPresent',
        env: [{ name: 'GREETING', valueFrom: { configMapKeyRef: { name: 'sample-config', key: 'greeting' } } }],
        volumeMounts: [{ name: 'config', mountPath: 'config' }],
      },
    ],
    volumes: [{ name: 'config', configMap: { name: 'sample-config', items: [{ key: 'file', path: 'a.txt' }] } }],
  },
};
const isNode = (name: string): boolean => name !== 'sample-go';

beforeAll(async () => {
  repository = await gitServer({ host: target.serverHost });
  const files = readdirSync(sources, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const named = files.map(({ parentPath, name }) => path.join(parentPath, name));
  await repository.commit(
    Object.fromEntries(named.map((file) => [path.join(base, path.relative(sources, file)), readFileSync(file, 'utf8')])),
  );
  const login = [`--docker-server=${target.imagePrefix.split('/')[0]}`, '--docker-username=me', '--docker-password=secret'];
  await kubectl(target, 'create', 'secret', 'docker-registry', 'push-secret', ...login);
  await kubectl(target, 'create', 'configmap', 'sample-config', '--from-literal=greeting=hello', '--from-literal=file=from a file');
  const hello = { FUNC_NAME: 'helloWorld', FUNC_TYPE: 'http' };
  await apply({ name: 'sample-esm', folder: 'hello-world-node/esm', env: hello, serving: { runtime: 'knative' } });
  await apply({ name: 'sample-commonjs', folder: 'hello-world-node/commonjs', env: hello, builder: 'openfunction/builder-node:v2-16.13' });
  await apply({ name: 'sample-multiple', folder: 'multiple-functions-node', env: { FUNC_CLEAR_SOURCE: 'true' } });
  await apply({ name: 'sample-paths', folder: 'path-parameters-function-node', builder: 'openfunction/builder-node:latest' });
  await apply({ name: 'sample-config', folder: 'get-config', env: { FUNC_NAME: 'getConfig', FUNC_TYPE: 'http' }, serving: config });
  await apply({ name: 'sample-aggregation', folder: 'function-aggregation', env: { FUNC_NAME: 'aggregate', FUNC_TYPE: 'http' } });
  const go = { FUNC_NAME: 'HelloWorld', FUNC_CLEAR_SOURCE: 'true' };
  await apply({ name: 'sample-go', folder: 'hello-world-go', env: go, builder: 'openfunction/builder-go:v2.4.0-1.17' });
  const built = names.filter(isNode).map((name) => `functions.core.openfunction.io/${name}`);
  // One after the other, on a busy machine.
  await kubectl(target, 'wait', '--for=condition=Ready', ...built, '--timeout=110s');
});
afterAll(async () => {
  await remove(target, 'default', ...names);
  await kubectl(target, 'delete', 'secret/push-secret', 'configmap/sample-config', '--ignore-not-found');
  await repository?.close();
});

async function answer(name: string, at?: string, init: Parameters<typeof call>[2] = {}): Promise<string> {
  const { status, body } = await call(target, name, { ...init, path: at });
  expect(status, body).toBe(200);
  return body;
}

it('says hello from both kinds of modules', async () => {
  expect(await answer('sample-esm')).toBe('Hello, World!');
  expect(await answer('sample-esm', '/?u=you')).toBe('Hello, you!');
  expect(await answer('sample-commonjs')).toBe('Hello, CommonJS!');
});

it('serves several functions of one artifact, each at its path', async () => {
  expect(await answer('sample-multiple', '/foo')).toBe('{"hello":"foo!"}');
  expect(await answer('sample-multiple', '/bar')).toBe('Hello, bar!');
  expect(await call(target, 'sample-multiple', { path: '/none' })).toMatchObject({ status: 404 });
});

it('gives functions of every signature what their path says', async () => {
  expect(await answer('sample-paths', '/hello/ada')).toBe('{"hello":"ada"}');
  expect(await answer('sample-paths', '/bar/ada', { method: 'POST', body: 'x' })).toBe('{"bar":"ada"}');
  expect(await call(target, 'sample-paths', { path: '/bar/ada', method: 'DELETE' })).toMatchObject({ status: 405 });
  const event = { 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't', 'ce-specversion': '1.0', 'content-type': 'application/json' };
  expect(await answer('sample-paths', '/foo/ada', { method: 'POST', headers: event, body: '{"a":1}' })).toBe('{"foo":{"a":1}}');
});

it('has its configuration from a ConfigMap, as a variable and as a file, and from a file of its source', async () => {
  const read = { variable: 'hello', mounted: 'from a file', shipped: 'colour=blue' };
  expect(JSON.parse(await answer('sample-config'))).toEqual(read);
});

it('asks other functions by their names inside the cluster', async () => {
  expect(JSON.parse(await answer('sample-aggregation'))).toEqual(['Hello, World!', 'Hello, CommonJS!']);
});

it('says of a function in Go that there is no builder for it, and which there are', async () => {
  await kubectl(
    target,
    'wait',
    '--for=jsonpath={.status.build.reason}=BuilderNotSupported',
    'functions.core.openfunction.io/sample-go',
    '--timeout=60s',
  );
  const described = await target.ofn(['describe', 'sample-go']);
  expect(described.stdout).toContain('BuilderNotSupported');
  expect(described.stdout).toContain('openfunction/builder-node');
});
