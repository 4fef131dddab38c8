import type { ModuleManifest } from '@openfunction/artifact';
import { type Serving, environmentOf, type ConfigSource } from '@openfunction/resources';
import { expect, it } from 'vitest';
import type { ConfigValues } from './config-values.ts';
import { functionContext, functionContextV1beta2 } from './function-context.ts';
import { mountedFiles } from './mounted-files.ts';
import { settingsOf, settingsProblem } from './settings-of.ts';

const manifest: ModuleManifest = { runtime: 'node', format: 'cjs', exports: ['first', 'second'], entry: 'src/index.js' };

function serving(spec: Partial<Serving['spec']>): Serving {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Serving',
    metadata: { namespace: 'shop', name: 'orders-1', labels: { 'openfunction.io/function': 'orders' } },
    spec: { image: 'i', ...spec },
  };
}

function source(values: Record<string, Record<string, string>>): ConfigSource {
  return {
    get: (kind, { namespace, name }) => {
      const found = namespace === 'shop' ? values[`${kind}/${name}`] : undefined;
      return found && Object.fromEntries(Object.entries(found).map(([key, value]) => [key, Buffer.from(value)]));
    },
  };
}

function settings(spec: Partial<Serving['spec']>, given: Partial<ModuleManifest> = {}): Record<string, unknown> {
  const made = settingsOf({
    serving: serving(spec),
    manifest: { ...manifest, ...given },
    source: source({}),
    instance: 'i1',
    concurrency: 7,
    loadTimeoutMs: 1,
    requestTimeoutMs: 2,
    messaging: { DAPR_HTTP_ENDPOINT: 'http://127.0.0.1:3500', DAPR_API_TOKEN: 'platform' },
  });
  return made as Record<string, unknown>;
}

const values = source({
  'Secret/db': { user: 'ada', password: 's3cret' },
  'ConfigMap/app': { MODE: 'fast', LEVEL: '3' },
});

it('sets variables from everything that a container names, later over earlier', () => {
  const { env, missing } = environmentOf(
    serving({
      params: { LEVEL: 5, FROM_PARAMS: 1 },
      template: {
        containers: [
          { name: 'sidecar', env: [{ name: 'NOT_OURS', value: 'x' }] },
          {
            name: 'function',
            envFrom: [{ configMapRef: { name: 'app' } }, { prefix: 'DB_', secretRef: { name: 'db' } }],
            env: [
              { name: 'MODE', value: 'slow' },
              { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
              { name: 'URL', value: '$(DB_user):$(PASSWORD)@$(UNKNOWN) costs $$5' },
              { name: 'ABSENT', valueFrom: { configMapKeyRef: { name: 'none', key: 'k', optional: true } } },
            ],
          },
        ],
      },
    }),
    values,
  );
  expect(env).toEqual({
    MODE: 'slow',
    LEVEL: '5',
    DB_user: 'ada',
    DB_password: 's3cret',
    FROM_PARAMS: '1',
    PASSWORD: 's3cret',
    URL: 'ada:s3cret@$(UNKNOWN) costs $5',
  });
  expect(missing).toEqual([]);
});

it('writes what is mounted below the work folder', () => {
  const { files, missing } = mountedFiles(
    serving({
      template: {
        containers: [
          {
            name: 'function',
            volumeMounts: [
              { name: 'all', mountPath: '/etc/db/' },
              { name: 'one', mountPath: 'conf/level.txt', subPath: 'level' },
              { name: 'none', mountPath: '/scratch' },
            ],
          },
        ],
        volumes: [
          { name: 'all', secret: { secretName: 'db' } },
          {
            name: 'one',
            configMap: {
              name: 'app',
              items: [
                { key: 'LEVEL', path: 'level' },
                { key: 'MODE', path: 'mode' },
              ],
            },
          },
          { name: 'none', emptyDir: {} },
        ],
      },
    }),
    values,
  );
  const text = files.map(({ path, content }) => [path, Buffer.from(content, 'base64').toString()]);
  expect(text).toEqual([
    ['etc/db/user', 'ada'],
    ['etc/db/password', 's3cret'],
    ['conf/level.txt', '3'],
  ]);
  expect(missing).toEqual([]);
});

it('takes the target from the variables, then from the build, then from what is exported', () => {
  expect(
    settings({ params: { FUNCTION_TARGET: 'a', FUNCTION_SIGNATURE_TYPE: 'cloudevent' } }, { target: 'b', signature: 'http' }),
  ).toMatchObject({
    target: 'a',
    signature: 'cloudevent',
  });
  expect(settings({ params: { FUNC_NAME: 'n', FUNC_TYPE: 'openfunction' } })).toMatchObject({ target: 'n', signature: 'openfunction' });
  expect(settings({}, { target: 'b', signature: 'event' })).toMatchObject({ target: 'b', signature: 'event' });
  expect(settings({})).toMatchObject({
    target: 'first',
    signature: 'http',
    concurrency: 7,
    functionName: 'orders',
    functionNamespace: 'shop',
    env: { POD_NAME: 'i1', POD_NAMESPACE: 'shop', PORT: '8080', FUNCTION_TARGET: 'first', FUNCTION_SIGNATURE_TYPE: 'http' },
  });
});

it('tells where the building blocks are, unless the function says so itself', () => {
  expect(settings({})).toMatchObject({ env: { DAPR_HTTP_ENDPOINT: 'http://127.0.0.1:3500', DAPR_API_TOKEN: 'platform' } });
  expect(settings({ params: { DAPR_HTTP_ENDPOINT: 'http://own:1' } })).toMatchObject({ env: { DAPR_HTTP_ENDPOINT: 'http://own:1' } });
});

it('gives both context documents, with the names that the frameworks read', () => {
  const given = serving({
    version: 'v2',
    triggers: { http: { port: 9000 }, inputs: [{ dapr: { name: 'queue', topic: 't' } }] },
    outputs: [{ dapr: { name: 'store', outputName: 'sink', type: 'bindings.redis', operation: 'create', metadata: { ttl: 1 } } }],
    pubsub: { queue: { type: 'pubsub.redis' } },
    states: { cart: { spec: { type: 'state.redis' } } },
    hooks: { pre: ['a'], post: ['b'] },
  });
  expect(JSON.parse(JSON.stringify(functionContext(given)))).toEqual({
    name: 'orders',
    version: 'v2',
    inputs: { queue: { uri: 't', topic: 't', componentName: 'queue', componentType: 'pubsub.redis' } },
    outputs: { sink: { uri: 'store', componentName: 'store', componentType: 'bindings.redis', operation: 'create', metadata: { ttl: 1 } } },
    states: { cart: { componentName: 'cart', componentType: 'state.redis' } },
    triggers: { http: { port: '9000' }, inputs: [{ dapr: { name: 'queue', topic: 't' } }] },
    runtime: 'Knative',
    port: '9000',
    prePlugins: ['a'],
    postPlugins: ['b'],
  });
  expect(JSON.parse(JSON.stringify(functionContextV1beta2(given)))).toMatchObject({
    name: 'orders',
    triggers: { http: { port: '9000' }, inputs: [{ dapr: { name: 'queue', topic: 't' } }] },
    inputs: { queue: { componentName: 'queue', topic: 't' } },
    outputs: { store: { componentName: 'store', operation: 'create' } },
    preHooks: ['a'],
    postHooks: ['b'],
  });
  const triggered = serving({ triggers: { dapr: [{ name: 'queue' }] }, pubsub: { queue: { type: 'pubsub.redis' } } });
  expect(functionContext(triggered)).toMatchObject({ runtime: 'Async' });
  expect(functionContextV1beta2(triggered)).toMatchObject({ triggers: { dapr: [{ name: 'queue', type: 'pubsub.redis' }] } });
});

const names = { containers: [{ name: 'function', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'db', key: 'token' } } }] }] };

function problem(given: Partial<ConfigValues>): unknown {
  const all: ConfigValues = { get: values.get, isEnabled: () => true, isComplete: () => true, loops: [], ...given };
  return settingsProblem(serving({ template: names }), all, (namespace) => `enable ${namespace}`);
}

it('names what is missing, and where nothing may be read', () => {
  expect(problem({})).toEqual({
    code: 'ReferenceNotFound',
    message:
      'The function names the key "token" of the Secret "db" in the namespace "shop", which does not exist. Create it, or mark the reference as optional.',
  });
  expect(problem({ isEnabled: () => false })).toMatchObject({
    code: 'NamespaceNotEnabled',
    message: expect.stringContaining('enable shop') as string,
  });
  expect(problem({ get: () => ({ token: Buffer.from('t') }) })).toBeUndefined();
});

it('runs no function in a namespace that is not enabled, whatever it names', () => {
  const nothing: ConfigValues = { get: values.get, isEnabled: () => false, isComplete: () => true, loops: [] };
  expect(settingsProblem(serving({}), nothing, () => 'how')).toMatchObject({ code: 'NamespaceNotEnabled' });
});
