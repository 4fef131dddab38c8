import { expect, it } from 'vitest';
import type { FunctionStatus, Gateway, OFunction, ReferenceGrant } from '@openfunction/resources';
import { planRoute } from './plan.ts';
import { routeOf } from './route.ts';
import { routeView } from './view.ts';

const gateway: Gateway = {
  apiVersion: 'networking.openfunction.io/v1alpha1',
  kind: 'Gateway',
  metadata: { name: 'openfunction' },
  spec: { domain: 'ofn.io' },
};
type Triggers = NonNullable<NonNullable<OFunction['spec']['serving']>['triggers']>;
type Rules = NonNullable<NonNullable<NonNullable<Triggers['http']>['route']>['rules']>;
const fn = (http: Triggers): OFunction => ({
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata: { name: 'hello', namespace: 'demo' },
  spec: { image: 'i', serving: { triggers: http } },
});
const shape = (object: OFunction): unknown =>
  planRoute({ fn: object, gateway, clusterDomain: 'cluster.local' })?.entries.map(({ host, path, internal, stripPrefix }) => [
    host,
    path.value,
    internal,
    stripPrefix,
  ]);

it('routes by host unless hostnames are given', () => {
  expect(shape(fn({ http: {} }))).toEqual([
    ['hello.demo.ofn.io', '/', false, ''],
    ['hello.demo.svc.cluster.local', '/', true, ''],
  ]);
});

it('routes by path, without the prefix for the function, when hostnames are given', () => {
  expect(shape(fn({ http: { route: { hostnames: ['api.test'] } } }))).toEqual([
    ['api.test', '/demo/hello', false, '/demo/hello'],
    ['hello.demo.svc.cluster.local', '/', true, ''],
  ]);
});

it('has no route for a function without an HTTP trigger', () => {
  expect(shape(fn({ dapr: [{ name: 'cron' }] }))).toBeUndefined();
});

const messaging = new Set(['messaging'] as const);

it('reaches a function without an HTTP trigger by its name inside the platform, where somebody brings messages', () => {
  const plan = planRoute({ fn: fn({ dapr: [{ name: 'cron' }] }), gateway, clusterDomain: 'cluster.local', capabilities: messaging });
  const everything = { path: { type: 'PATH_MATCH_TYPE_PREFIX', value: '/' }, stripPrefix: '' };
  expect(plan).toEqual({
    entries: [],
    messages: [{ host: 'hello.demo.svc.cluster.local', ...everything, internal: true }],
    chosen: false,
    unsupported: [],
  });
});

it('gives a function with HTTP and messages no second way to what its callers have already', () => {
  const both = fn({ http: {}, dapr: [{ name: 'cron' }] });
  const plan = planRoute({ fn: both, gateway, clusterDomain: 'cluster.local', capabilities: messaging });
  expect([plan?.entries.length, plan?.messages]).toEqual([2, []]);
  const elsewhere = { ...gateway, spec: { ...gateway.spec, clusterDomain: 'other.local' } };
  const named = planRoute({ fn: both, gateway: elsewhere, clusterDomain: 'cluster.local', capabilities: messaging });
  expect([named?.service, named?.messages[0]?.host]).toEqual(['hello.demo.svc.other.local', 'hello.demo.svc.cluster.local']);
});

it('leads messages past the rules for callers, each by its own path', () => {
  const object = fn({ http: { route: { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/api' } }] }] } } });
  object.spec.serving = {
    ...object.spec.serving,
    pubsub: { cars: { type: 'pubsub.mqtt3' } },
    triggers: { ...object.spec.serving?.triggers, dapr: [{ name: 'cars', topic: 'fleet/speed' }] },
  };
  const plan = planRoute({ fn: object, gateway, clusterDomain: 'cluster.local', capabilities: messaging });
  const path = { type: 'PATH_MATCH_TYPE_EXACT', value: '/cars/fleet~2Fspeed' };
  expect(plan?.messages).toEqual([{ host: 'hello.demo.svc.cluster.local', path, internal: true, stripPrefix: '' }]);
});

it('tells callers why nobody answers yet, without the words of the function or its compiler', () => {
  expect(routeOf({ key: { namespace: 'demo', name: 'hello' }, entries: [], status: {} })).toMatchObject({
    serving: '',
    unavailable: 'Function "hello" is not ready: it is being prepared.',
    pending: true,
  });
  const failed = routeOf({ key: { namespace: 'demo', name: 'hello' }, entries: [], status: { build: { state: 'Failed' } } });
  expect(failed.pending).toBe(false);
  const unavailable = (status: FunctionStatus): string =>
    routeOf({ key: { namespace: 'demo', name: 'hello' }, entries: [], status }).unavailable;
  expect(unavailable({ serving: { state: 'Failed', reason: 'LoadFailed', message: 'password "x" is wrong' } })).toBe(
    'Function "hello" is not ready: it cannot be started (LoadFailed); "ofn describe hello" says more.',
  );
  expect(unavailable({ build: { state: 'Failed', reason: 'CompileFailed', message: 'index.js:2: const key = …' } })).toBe(
    'Function "hello" is not ready: its build failed (CompileFailed); "ofn describe hello" says more.',
  );
});

it('routes the paths that rules name, whole, on every host', () => {
  const rules: Rules = [{ matches: [{ path: { type: 'Exact', value: '/a' } }, { path: { value: '/b' } }] }];
  const hosts = ['x.test', 'hello.demo.svc.cluster.local'];
  const entries = planRoute({
    fn: fn({ http: { route: { hostnames: ['x.test'], rules } } }),
    gateway,
    clusterDomain: 'cluster.local',
  })?.entries;
  expect(entries?.map(({ host, path, stripPrefix }) => [host, path.type, path.value, stripPrefix])).toEqual(
    hosts.flatMap((host) => [
      [host, 'PATH_MATCH_TYPE_EXACT', '/a', ''],
      [host, 'PATH_MATCH_TYPE_PREFIX', '/b', ''],
    ]),
  );
});

const ruleOf = (rule: Rules[number], grants: readonly ReferenceGrant[] = []) =>
  planRoute({ fn: fn({ http: { route: { rules: [rule] } } }), gateway, clusterDomain: 'cluster.local', grants })!;

it('plans conditions, filters and times of a rule for each of its matches', () => {
  const { entries, unsupported } = ruleOf({
    matches: [
      { path: { value: '/a' }, headers: [{ name: 'X-Canary', value: '1' }], method: 'GET' },
      { path: { type: 'RegularExpression', value: '/v[0-9]' } },
    ],
    filters: [
      { type: 'URLRewrite', urlRewrite: { hostname: 'b.test', path: { type: 'ReplaceFullPath', replaceFullPath: '/c' } } },
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['Server'] } },
      { type: 'RequestMirror', requestMirror: { backendRef: { name: 'other' }, percent: 25 } },
    ],
    timeouts: { request: '10s', backendRequest: '0s' },
  });
  expect(unsupported).toEqual([]);
  const filters = {
    rewriteHost: 'b.test',
    rewritePath: { isPrefix: false, value: '/c' },
    responseHeaders: { set: [], add: [], remove: ['server'] },
    mirrors: [{ route: 'demo/other', share: 0.25 }],
  };
  const timeouts = { headerMs: 0, idleMs: 0, totalMs: 10_000, backendMs: 4_294_967_295 };
  const header = { name: 'x-canary', value: '1', isPattern: false };
  expect(entries.slice(0, 2).map(({ path, rule }) => ({ path, rule }))).toEqual([
    {
      path: { type: 'PATH_MATCH_TYPE_PREFIX', value: '/a' },
      rule: { headers: [header], queryParams: [], method: 'GET', filters, timeouts },
    },
    { path: { type: 'PATH_MATCH_TYPE_PATTERN', value: '/v[0-9]' }, rule: { headers: [], queryParams: [], method: '', filters, timeouts } },
  ]);
});

it('tells a gateway that knows hosts and paths alone nothing of a route that asks for more', () => {
  const key = { namespace: 'demo', name: 'hello' };
  const { entries } = ruleOf({ matches: [{ path: { value: '/a' } }, { path: { value: '/b' }, method: 'POST' }] });
  const { entries: plain, rules } = routeOf({ key, entries, status: {} });
  expect(plain).toEqual([]);
  expect(rules.map(({ entry, method }) => [entry.host, entry.path.value, method])).toEqual(
    ['hello.demo.ofn.io', 'hello.demo.svc.cluster.local'].flatMap((host) => [
      [host, '/a', ''],
      [host, '/b', 'POST'],
    ]),
  );
});

it('routes nothing by a rule that cannot be had, and says so', () => {
  const rules: Rules = [{ matches: [{ path: { type: 'RegularExpression', value: '/(' } }] }, { matches: [{ path: { value: '/b' } }] }];
  const object = fn({ http: { route: { rules } } });
  const plan = planRoute({ fn: object, gateway, clusterDomain: 'cluster.local' })!;
  expect(plan.entries.map(({ path }) => path.value)).toEqual(['/b', '/b']);
  const { condition } = routeView({ fn: object, plan, entries: [], conflicts: [], gateway, now: 'now' });
  expect(condition).toMatchObject({
    status: 'False',
    reason: 'UnsupportedValue',
    message: expect.stringContaining('route.rules[0].matches[0].path.value is no regular expression of RE2'),
  });
});

it('copies requests to a function of another namespace only where a ReferenceGrant there allows it', () => {
  const rule: Rules[number] = {
    filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'audit', namespace: 'ops' } } }],
  };
  const grant = (namespace: string, from: string, name?: string): ReferenceGrant => ({
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: { name: 'g', namespace },
    spec: {
      from: [{ group: 'core.openfunction.io', kind: 'Function', namespace: from }],
      to: [{ group: 'core.openfunction.io', kind: 'Function', ...(name === undefined ? {} : { name }) }],
    },
  });
  expect(ruleOf(rule).unsupported).toEqual([
    expect.stringContaining('no ReferenceGrant of "ops" allows Functions of "demo" to name "audit"'),
  ]);
  for (const refused of [grant('demo', 'demo'), grant('ops', 'other'), grant('ops', 'demo', 'another')])
    expect(ruleOf(rule, [refused]).entries).toEqual([]);
  for (const allowing of [grant('ops', 'demo'), grant('ops', 'demo', 'audit')])
    expect(ruleOf(rule, [allowing]).entries[0]?.rule?.filters?.mirrors).toEqual([{ route: 'ops/audit', share: 1 }]);
});

it('takes no host of the cluster, and no wildcard over names of other functions', () => {
  const hostnames = [
    '*.x.test',
    'other.demo.svc.cluster.local',
    'x.test',
    '*.ofn.io',
    '*.demo.ofn.io',
    '*.io',
    '*.svc.cluster.local',
    '*.notofn.io',
  ];
  const plan = planRoute({ fn: fn({ http: { route: { hostnames } } }), gateway, clusterDomain: 'cluster.local' });
  expect(plan?.entries.map(({ host }) => host)).toEqual(['*.x.test', 'x.test', '*.notofn.io', 'hello.demo.svc.cluster.local']);
  expect(plan?.unsupported.map((text) => text.split(' ')[0])).toEqual([1, 3, 4, 5, 6].map((index) => `route.hostnames[${index}]`));
});

it('makes hosts of magic DNS from where the gateway listens', () => {
  const magic = (status?: Gateway['status']): ReturnType<typeof planRoute> =>
    planRoute({
      fn: fn({ http: {} }),
      gateway: { ...gateway, spec: { domain: 'sslip.io' }, ...(status === undefined ? {} : { status }) },
      clusterDomain: 'cluster.local',
    });
  const addresses = [
    { type: 'Hostname', value: 'gateway.openfunction.svc.cluster.local' },
    { type: 'IPAddress', value: '192.0.2.7' },
  ];
  expect(magic({ addresses })?.entries[0]?.host).toBe('hello.demo.192.0.2.7.sslip.io');
  expect(magic()?.entries.map(({ host }) => host)).toEqual(['hello.demo.svc.cluster.local']);
  expect(magic()?.unsupported).toEqual(['the domain sslip.io needs the address of the gateway, which has none yet']);
});

it('renders the templates of the Gateway, and the defaults for one that cannot be', () => {
  const hosts = (spec: object): string[] | undefined =>
    planRoute({
      fn: fn({ http: {} }),
      gateway: { ...gateway, spec: { ...gateway.spec, ...spec } },
      clusterDomain: 'cluster.local',
    })?.entries.map(({ host }) => host);
  expect(hosts({ hostTemplate: '{{.Namespace}}-{{ .Name }}.{{.Domain}}', clusterDomain: 'k8s.test' })).toEqual([
    'demo-hello.ofn.io',
    'hello.demo.svc.k8s.test',
  ]);
  expect(hosts({ hostTemplate: '{{.Env}}' })?.[0]).toBe('hello.demo.ofn.io');
});

it('says the port of the Gateway in external addresses', () => {
  const object = fn({ http: {} });
  const listening = { ...gateway, spec: { ...gateway.spec, gatewaySpec: { listeners: [{ name: 'http', port: 8080, protocol: 'HTTP' }] } } };
  const plan = planRoute({ fn: object, gateway: listening, clusterDomain: 'cluster.local' })!;
  const { addresses } = routeView({ fn: object, plan, entries: plan.entries, conflicts: [], gateway: listening, now: 'now' });
  expect(addresses.map(({ value }) => value)).toEqual(['http://hello.demo.ofn.io:8080/', 'http://hello.demo.svc.cluster.local/']);
});
