import { expect, it } from 'vitest';
import { functionKind } from './kinds.ts';
import type { KubeObject } from './object.ts';
import { validateObject } from './validate.ts';

const metadata = { name: 'orders', namespace: 'default' };
const whole = (change: object): KubeObject => ({
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata,
  spec: { image: 'i', serving: {} },
  ...change,
});
const named = (more: object): KubeObject => whole({ metadata: { ...metadata, ...more } });
const serving = (of: object): KubeObject => whole({ spec: { image: 'i', serving: of } });
const path = (value: string): KubeObject =>
  serving({ triggers: { http: { route: { rules: [{ matches: [{ path: { type: 'PathPrefix', value } }] }] } } } });
const host = (value: string): KubeObject => serving({ triggers: { http: { route: { hostnames: [value] } } } });
const variable = (name: string): KubeObject => serving({ template: { containers: [{ name: 'function', env: [{ name, value: 'x' }] }] } });

// What a user may send by mistake or on purpose, each with the field that is blamed.
const rows: [string, KubeObject, string][] = [
  ['a name of 253 characters', named({ name: 'a'.repeat(253) }), 'metadata.name'],
  ['a name with a letter that only looks like one', named({ name: 'оrders' }), 'metadata.name'],
  ['a label of 64 characters', named({ labels: { a: 'x'.repeat(64) } }), 'metadata.labels'],
  ['an annotation that is no key', named({ annotations: { 'a/b/c': '' } }), 'metadata.annotations'],
  ['an annotation without what stands before its slash', named({ annotations: { '/b': '' } }), 'metadata.annotations'],
  ['an annotation without what stands behind it', named({ annotations: { 'a/': '' } }), 'metadata.annotations'],
  ['annotations of 1 MB', named({ annotations: { a: 'x'.repeat(1 << 20) } }), 'metadata.annotations'],
  ['no spec', whole({ spec: null }), 'spec'],
  ['a number where text belongs', whole({ spec: { image: 7, serving: {} } }), 'spec.image'],
  ['text where a number belongs', serving({ scaleOptions: { maxReplicas: '3' } }), 'spec.serving.scaleOptions.maxReplicas'],
  ['negative replicas', serving({ scaleOptions: { minReplicas: -1 } }), 'spec.serving.scaleOptions.minReplicas'],
  ['2^31 replicas', serving({ scaleOptions: { maxReplicas: 2 ** 31 } }), 'spec.serving.scaleOptions.maxReplicas'],
  [
    'a number of replicas that no double holds',
    serving({ scaleOptions: { maxReplicas: Number('1e400') } }),
    'spec.serving.scaleOptions.maxReplicas',
  ],
  ['a duration of 1e9h', serving({ timeout: '1e9h' }), 'spec.serving.timeout'],
  ['a negative duration', serving({ timeout: '-5s' }), 'spec.serving.timeout'],
  ['no duration at all', serving({ timeout: '0s' }), 'spec.serving.timeout'],
  ['an image with a space', whole({ spec: { image: 'a b', serving: {} } }), 'spec.image'],
  ['an image with a short digest', whole({ spec: { image: 'a@sha256:00', serving: {} } }), 'spec.image'],
  ['an image of 10 KB', whole({ spec: { image: 'a'.repeat(10_000), serving: {} } }), 'spec.image'],
  ...['LD_PRELOAD', 'NODE_OPTIONS', 'PATH'].map((name): [string, KubeObject, string] => [
    `a variable called ${name}`,
    variable(name),
    'spec.serving.template.containers[0].env[0].name',
  ]),
  ['port 0', serving({ triggers: { http: { port: 0 } } }), 'spec.serving.triggers.http.port'],
  ['port 65536', serving({ triggers: { http: { port: 65_536 } } }), 'spec.serving.triggers.http.port'],
  ...['', '..', '/..', '/a/../b', '/%2e%2e/', '//'].map((value): [string, KubeObject, string] => [
    `the path ${JSON.stringify(value)}`,
    path(value),
    'spec.serving.triggers.http.route.rules[0].matches[0].path.value',
  ]),
  ...['*', '*.*', 'bücher.test', 'a..b', '-a.test'].map((value): [string, KubeObject, string] => [
    `the host ${JSON.stringify(value)}`,
    host(value),
    'spec.serving.triggers.http.route.hostnames[0]',
  ]),
  [
    'a git URL that is a command',
    whole({ spec: { image: 'i', build: { builder: 'b', srcRepo: { url: 'ext::sh -c id' } } } }),
    'spec.build.srcRepo.url',
  ],
  [
    'a git URL that is an option',
    whole({ spec: { image: 'i', build: { builder: 'b', srcRepo: { url: '--upload-pack=id' } } } }),
    'spec.build.srcRepo.url',
  ],
  [
    'a folder outside of the source',
    whole({ spec: { image: 'i', build: { builder: 'b', srcRepo: { url: 'https://a/b', sourceSubPath: '../../' } } } }),
    'spec.build.srcRepo.sourceSubPath',
  ],
  [
    '257 parameters',
    serving({ params: Object.fromEntries(Array.from({ length: 257 }, (_each, index) => [`A${index}`, '1'])) }),
    'spec.serving.params',
  ],
];

it.each(rows)('refuses %s', (_name, object, field) => {
  const causes = validateObject(functionKind, object);
  expect(causes.map((cause) => cause.field)).toEqual([field]);
  // For a person: a sentence without what the machine stumbled over, and short.
  for (const { message } of causes) expect([message.length < 400, /\n|undefined|\[object/.test(message)]).toEqual([true, false]);
});

it.each(['/', '/healthz', '/a/b'])('takes the path %s', (value) => {
  expect(validateObject(functionKind, path(value))).toEqual([]);
});

it.each([1, 'x', [], {}, { spec: [] }, { spec: { serving: 'x' } }, { metadata: null }, { metadata: { name: [] } }])(
  'says something of %j and does not fail',
  (object) => {
    expect(validateObject(functionKind, object as never).length).toBeGreaterThan(0);
  },
);
