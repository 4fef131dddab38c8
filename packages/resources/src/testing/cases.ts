import type { FieldCause } from '../field-cause.ts';
import type { KubeObject } from '../object.ts';
import type { FieldType } from '../template/kubernetes-fields.ts';
import { templateParts } from '../template/parts.ts';

/** An object, and what every ground says of it: the same fields for the same reasons, or nothing. */
export interface Case {
  name: string;
  object: KubeObject;
  causes: Pick<FieldCause, 'field' | 'reason'>[];
}

type Values = Record<string, unknown>;

function functionOf(spec: Values, name = 'orders'): KubeObject {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name, namespace: 'default' },
    spec: { image: 'r.test/orders:v1', ...spec },
  };
}

function servingOf(spec: Values): KubeObject {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Serving',
    metadata: { name: 'orders-1', namespace: 'default' },
    spec: { image: 'r.test/orders:v1', ...spec },
  };
}

function gatewayOf(spec: Values): KubeObject {
  return {
    apiVersion: 'networking.openfunction.io/v1alpha1',
    kind: 'Gateway',
    metadata: { name: 'web', namespace: 'default' },
    spec: { domain: 'ofn.io', ...spec },
  };
}

const samples: Record<FieldType, unknown> = { string: 'x', boolean: true, integer: 1, array: [{}], object: {} };
// What an object of the template must have besides the field that is tried.
const needed = new Map<string, Values>([
  ['containers', { name: 'function' }],
  ['containers.ports', { containerPort: 80 }],
  ['containers.env', { name: 'A' }],
  ['containers.volumeMounts', { name: 'v', mountPath: '/v' }],
  ['volumes', { name: 'v' }],
  ['volumes.configMap', { name: 'c' }],
  ['volumes.secret', { secretName: 's' }],
  ['volumes.configMap.items', { key: 'k', path: 'p' }],
  ['volumes.secret.items', { key: 'k', path: 'p' }],
]);

/** A template that holds `inner` at the path, and only what must be there around it. */
function holding(path: readonly string[], inner: Values, seen: readonly string[] = []): Values {
  const [head, ...rest] = path;
  const own = needed.get(seen.join('.')) ?? {};
  if (head === undefined) return { ...own, ...inner };
  const isList = rest[0] === '*';
  const child = holding(isList ? rest.slice(1) : rest, inner, [...seen, head]);
  const probe = head === 'httpGet' || head === 'tcpSocket' ? { port: 80 } : {};
  return { ...own, [head]: isList ? [child] : { ...probe, ...child } };
}

const fieldAt = (root: string, path: readonly string[], name: string): string =>
  [root, ...path.map((step) => (step === '*' ? '[0]' : `.${step}`)), `.${name}`].join('');

const refusedFields: readonly Case[] = templateParts.flatMap((part) =>
  part.refused.map(({ name, type }) => ({
    name: `refuses ${fieldAt('template', part.path, name)}`,
    object: functionOf({ serving: { template: holding(part.path, { [name]: samples[type] }) } }),
    causes: [{ field: fieldAt('spec.serving.template', part.path, name), reason: 'FieldValueForbidden' as const }],
  })),
);

const invalid = (field: string): Case['causes'] => [{ field, reason: 'FieldValueInvalid' }];
const forbidden = (field: string): Case['causes'] => [{ field, reason: 'FieldValueForbidden' }];
const required = (field: string): Case['causes'] => [{ field, reason: 'FieldValueRequired' }];
const env = (name: string): Values => ({ template: { containers: [{ name: 'function', env: [{ name, value: 'x' }] }] } });
const build = { builder: 'openfunction/builder-node:latest', srcRepo: { url: 'https://git.test/a.git' } };
const at = 'spec.serving';
const routed = (rule: Values): KubeObject => functionOf({ serving: { triggers: { http: { route: { rules: [rule] } } } } });

const rules: readonly Case[] = [
  { name: 'accepts a function that only serves', object: functionOf({ serving: {} }), causes: [] },
  { name: 'accepts a function that only builds', object: functionOf({ build }), causes: [] },
  { name: 'accepts a Serving', object: servingOf({}), causes: [] },
  { name: 'accepts a Gateway', object: gatewayOf({}), causes: [] },
  { name: 'refuses a function that neither builds nor serves', object: functionOf({}), causes: required('spec') },
  { name: 'refuses a name that no Service can have', object: functionOf({ serving: {} }, '1st'), causes: invalid('metadata.name') },
  { name: 'refuses a dot in a name', object: functionOf({ serving: {} }, 'a.b'), causes: invalid('metadata.name') },
  { name: 'refuses a name of 64 characters', object: functionOf({ serving: {} }, 'a'.repeat(64)), causes: invalid('metadata.name') },
  {
    name: 'refuses a build without builder and Dockerfile',
    object: functionOf({ build: { srcRepo: build.srcRepo } }),
    causes: required('spec.build'),
  },
  {
    name: 'refuses a build without source',
    object: functionOf({ build: { builder: build.builder, srcRepo: {} } }),
    causes: required('spec.build.srcRepo'),
  },
  {
    name: 'refuses a source that is a remote helper of git',
    object: functionOf({ build: { builder: build.builder, srcRepo: { url: 'ext::sh -c id' } } }),
    causes: invalid('spec.build.srcRepo.url'),
  },
  {
    name: 'refuses NODE_OPTIONS in a build',
    object: functionOf({ build: { ...build, env: { NODE_OPTIONS: 'x' } } }),
    causes: forbidden('spec.build.env'),
  },
  {
    name: 'refuses an image reference with a space',
    object: { ...functionOf({ serving: {}, image: 'a b' }) },
    causes: invalid('spec.image'),
  },
  {
    name: 'refuses an image reference with a short digest',
    object: functionOf({ serving: {}, image: 'a@sha256:abc' }),
    causes: invalid('spec.image'),
  },
  {
    name: 'refuses a minimum above the maximum',
    object: functionOf({ serving: { scaleOptions: { minReplicas: 3, maxReplicas: 2 } } }),
    causes: invalid(`${at}.scaleOptions.minReplicas`),
  },
  {
    name: 'refuses a minimum above the default maximum',
    object: functionOf({ serving: { scaleOptions: { minReplicas: 11 } } }),
    causes: invalid(`${at}.scaleOptions.minReplicas`),
  },
  {
    name: 'refuses negative replicas',
    object: functionOf({ serving: { scaleOptions: { minReplicas: -1 } } }),
    causes: invalid(`${at}.scaleOptions.minReplicas`),
  },
  {
    name: 'accepts limits of requests',
    object: functionOf({ serving: { containerConcurrency: 0, queueLength: 1, requestTimeout: '90s' } }),
    causes: [],
  },
  ...(
    [
      ['containerConcurrency', -1],
      ['containerConcurrency', 1001],
      ['queueLength', 0],
      ['queueLength', 10_001],
      ['requestTimeout', 'soon'],
    ] as const
  ).map(([field, value]) => ({
    name: `refuses ${field}: ${value}`,
    object: functionOf({ serving: { [field]: value } }),
    causes: invalid(`${at}.${field}`),
  })),
  {
    name: 'refuses two KEDA scalers',
    object: functionOf({ serving: { scaleOptions: { keda: { httpScaledObject: {}, scaledObject: {} } } } }),
    causes: invalid(`${at}.scaleOptions.keda`),
  },
  {
    name: 'refuses port 0',
    object: functionOf({ serving: { triggers: { http: { port: 0 } } } }),
    causes: invalid(`${at}.triggers.http.port`),
  },
  {
    name: 'refuses port 65536',
    object: functionOf({ serving: { triggers: { http: { port: 65_536 } } } }),
    causes: invalid(`${at}.triggers.http.port`),
  },
  ...['*', '*.*', 'UPPER.test', 'a_b.test', 'ü.test', ''].map((host) => ({
    name: `refuses the host name ${JSON.stringify(host)}`,
    object: functionOf({ serving: { triggers: { http: { route: { hostnames: [host] } } } } }),
    causes: invalid(`${at}.triggers.http.route.hostnames[0]`),
  })),
  {
    name: 'refuses a path without its slash',
    object: functionOf({ serving: { triggers: { http: { route: { rules: [{ matches: [{ path: { value: 'x' } }] }] } } } } }),
    causes: invalid(`${at}.triggers.http.route.rules[0].matches[0].path.value`),
  },
  {
    name: 'accepts a route of the Gateway API',
    object: routed({
      matches: [
        {
          path: { type: 'RegularExpression', value: '/v[0-9]+/.*' },
          headers: [{ name: 'X-Canary', value: '1' }],
          queryParams: [{ type: 'RegularExpression', name: 'v', value: '[0-9]+' }],
          method: 'GET',
        },
      ],
      filters: [
        { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'X-A', value: '1' }], remove: ['X-B'] } },
        { type: 'URLRewrite', urlRewrite: { hostname: 'a.test', path: { type: 'ReplaceFullPath', replaceFullPath: '/' } } },
        { type: 'RequestMirror', requestMirror: { backendRef: { name: 'other', kind: 'Function', group: 'core.openfunction.io' } } },
      ],
      timeouts: { request: '10s' },
    }),
    causes: [],
  },
  {
    name: 'accepts a redirect',
    object: routed({ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }),
    causes: [],
  },
  ...(
    [
      ['a filter that is not known', 'filters[0].type', { filters: [{ type: 'ExtensionRef', extensionRef: { name: 'a' } }] }],
      [
        'a status that is no redirect',
        'filters[0].requestRedirect.statusCode',
        { filters: [{ type: 'RequestRedirect', requestRedirect: { statusCode: 200 } }] },
      ],
      ['the method CONNECT', 'matches[0].method', { matches: [{ method: 'CONNECT' }] }],
      [
        'a comparison that is not known',
        'matches[0].headers[0].type',
        { matches: [{ headers: [{ type: 'Like', name: 'a', value: 'b' }] }] },
      ],
    ] as const
  ).map(([what, field, rule]) => ({
    name: `refuses ${what}`,
    object: routed(rule),
    causes: [{ field: `${at}.triggers.http.route.rules[0].${field}`, reason: 'FieldValueNotSupported' as const }],
  })),
  ...(
    [
      ['a header name with a space', 'matches[0].headers[0].name', { matches: [{ headers: [{ name: 'a b', value: 'b' }] }] }],
      [
        'a header value with a line break',
        'filters[0].requestHeaderModifier.add[0].value',
        { filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { add: [{ name: 'a', value: 'b\r\nc: d' }] } }] },
      ],
      [
        'a new path with a query',
        'filters[0].urlRewrite.path.replaceFullPath',
        { filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath: '/a?b' } } }] },
      ],
    ] as const
  ).map(([what, field, rule]) => ({
    name: `refuses ${what}`,
    object: routed(rule),
    causes: invalid(`${at}.triggers.http.route.rules[0].${field}`),
  })),
  ...['-5s', '5', '1e9h', 'soon', ''].map((timeout) => ({
    name: `refuses the duration ${JSON.stringify(timeout)}`,
    object: functionOf({ serving: { timeout } }),
    causes: invalid(`${at}.timeout`),
  })),
  {
    name: 'refuses memory that is no quantity',
    object: functionOf({ serving: { template: { containers: [{ name: 'function', resources: { limits: { memory: '1 GB' } } }] } } }),
    causes: invalid(`${at}.template.containers[0].resources.limits.memory`),
  },
  ...[1, 1000, '1', '128', '128m', '1Ki', '0', '1e3'].map((memory) => ({
    name: `refuses ${JSON.stringify(memory)} of memory`,
    object: functionOf({ serving: { template: { containers: [{ name: 'function', resources: { limits: { memory } } }] } } }),
    causes: invalid(`${at}.template.containers[0].resources.limits`),
  })),
  {
    name: 'refuses a byte of storage',
    object: functionOf({
      serving: { template: { containers: [{ name: 'function', resources: { requests: { 'ephemeral-storage': 1 } } }] } },
    }),
    causes: invalid(`${at}.template.containers[0].resources.requests`),
  },
  ...[1_048_576, '1Mi', '0.5Gi', '1e9', '134217728'].map((memory) => ({
    name: `accepts ${JSON.stringify(memory)} of memory`,
    object: functionOf({ serving: { template: { containers: [{ name: 'function', resources: { limits: { memory } } }] } } }),
    causes: [],
  })),
  ...['0', '0s', '0h0m0s', '0.0s'].map((timeout) => ({
    name: `refuses ${timeout} to become ready`,
    object: functionOf({ serving: { timeout } }),
    causes: invalid(`${at}.timeout`),
  })),
  {
    name: 'accepts quantities as text and as number',
    object: functionOf({
      serving: { template: { containers: [{ name: 'function', resources: { limits: { memory: '64Mi', cpu: 1 } } }] } },
    }),
    causes: [],
  },
  ...['NODE_OPTIONS', 'LD_PRELOAD', 'DYLD_INSERT_LIBRARIES', 'OFN_TOKEN', 'PATH'].flatMap((name) => [
    {
      name: `refuses the variable ${name}`,
      object: functionOf({ serving: env(name) }),
      causes: forbidden(`${at}.template.containers[0].env[0].name`),
    },
    {
      name: `refuses the parameter ${name}`,
      object: functionOf({ serving: { params: { [name]: 'x' } } }),
      causes: forbidden(`${at}.params`),
    },
  ]),
  ...['a b', 'A=B', '1A', ''].map((name) => ({
    name: `refuses a variable called ${JSON.stringify(name)}`,
    object: functionOf({ serving: env(name) }),
    causes: invalid(`${at}.template.containers[0].env[0].name`),
  })),
  {
    name: 'refuses host access in a Serving too',
    object: servingOf({ template: { hostNetwork: true } }),
    causes: forbidden('spec.template.hostNetwork'),
  },
  {
    name: 'refuses two ways to a Kubernetes Gateway',
    object: gatewayOf({ gatewayRef: { name: 'a', namespace: 'b' }, gatewayDef: { name: 'a', namespace: 'b', gatewayClassName: 'c' } }),
    causes: invalid('spec'),
  },
  { name: 'refuses a domain with a wildcard', object: gatewayOf({ domain: '*.ofn.io' }), causes: invalid('spec.domain') },
];

/** What admission and the API server must agree on. */
export const cases: readonly Case[] = [...rules, ...refusedFields];
