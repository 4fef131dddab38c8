import { expect, it } from 'vitest';
import type { Gateway, OFunction } from '@openfunction/resources';
import { planRoute } from './plan.ts';
import { routeStatus } from './route-status.ts';

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
  planRoute({ fn: object, gateway, traffic: 's1' })?.entries.map(({ host, path, internal, stripPrefix }) => [
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
  expect(shape(fn({ http: { route: { hostnames: ['API.test'] } } }))).toEqual([
    ['api.test', '/demo/hello', false, '/demo/hello'],
    ['hello.demo.svc.cluster.local', '/', true, ''],
  ]);
});

it('has no route for a function without an HTTP trigger', () => {
  expect(shape(fn({ dapr: [{ name: 'cron' }] }))).toBeUndefined();
});

it('says why nobody answers yet', () => {
  expect(planRoute({ fn: fn({ http: {} }), gateway })).toMatchObject({
    serving: '',
    unavailable: 'Function "hello" is not ready: it is being prepared.',
  });
});

it('routes the paths that rules name, whole, on every host', () => {
  const rules: Rules = [{ matches: [{ path: { type: 'Exact', value: '/a' } }, { path: { value: '/b' } }] }];
  const hosts = ['x.test', 'hello.demo.svc.cluster.local'];
  const entries = planRoute({ fn: fn({ http: { route: { hostnames: ['x.test'], rules } } }), gateway })?.entries;
  expect(entries?.map(({ host, path, stripPrefix }) => [host, path.type, path.value, stripPrefix])).toEqual(
    hosts.flatMap((host) => [
      [host, 'PATH_MATCH_TYPE_EXACT', '/a', ''],
      [host, 'PATH_MATCH_TYPE_PREFIX', '/b', ''],
    ]),
  );
});

it('routes nothing for a match it does not support, and says so', () => {
  const rules: Rules = [
    { matches: [{ headers: [{ name: 'a', value: 'b' }] }, { path: { type: 'RegularExpression', value: '/.*' } }] },
    { filters: [{ type: 'RequestRedirect' }] },
  ];
  const object = fn({ http: { route: { rules } } });
  const route = planRoute({ fn: object, gateway });
  expect(route?.entries).toEqual([]);
  const [condition] = routeStatus(object, route, 'now').route?.conditions ?? [];
  expect(condition).toMatchObject({
    status: 'False',
    reason: 'UnsupportedValue',
    message: expect.stringContaining('rules[0].matches[0], rules[0].matches[1], rules[1].filters'),
  });
});
