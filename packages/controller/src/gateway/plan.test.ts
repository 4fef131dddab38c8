import { expect, it } from 'vitest';
import type { FunctionObject, GatewayObject } from '../nouns.ts';
import { planRoute } from './plan.ts';

const gateway: GatewayObject = { apiVersion: '', kind: 'Gateway', metadata: { name: 'openfunction' }, spec: { domain: 'ofn.io' } };
const fn = (http: NonNullable<NonNullable<FunctionObject['spec']['serving']>['triggers']>): FunctionObject => ({ apiVersion: '', kind: 'Function', metadata: { name: 'hello', namespace: 'demo' }, spec: { image: 'i', serving: { triggers: http } } });
const shape = (object: FunctionObject): unknown => planRoute({ fn: object, gateway, traffic: 's1' })?.entries.map(({ host, path, internal, stripPrefix }) => [host, path.value, internal, stripPrefix]);

it('routes by host unless hostnames are given', () => {
  expect(shape(fn({ http: {} }))).toEqual([['hello.demo.ofn.io', '/', false, ''], ['hello.demo.svc.cluster.local', '/', true, '']]);
});

it('routes by path, without the prefix for the function, when hostnames are given', () => {
  expect(shape(fn({ http: { route: { hostnames: ['API.test'] } } }))).toEqual([['api.test', '/demo/hello', false, '/demo/hello'], ['hello.demo.svc.cluster.local', '/', true, '']]);
});

it('has no route for a function without an HTTP trigger', () => {
  expect(shape(fn({ dapr: [{ name: 'cron' }] }))).toBeUndefined();
});

it('says why nobody answers yet', () => {
  expect(planRoute({ fn: fn({ http: {} }), gateway })).toMatchObject({ serving: '', unavailable: 'Function "hello" is not ready: it is being prepared.' });
});
