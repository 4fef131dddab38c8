import { expect, it } from 'vitest';
import type { Gateway, OFunction } from '@openfunction/resources';
import { planRoute } from './plan.ts';

const gateway: Gateway = { apiVersion: 'networking.openfunction.io/v1alpha1', kind: 'Gateway', metadata: { name: 'openfunction' }, spec: { domain: 'ofn.io' } };
const fn = (http: NonNullable<NonNullable<OFunction['spec']['serving']>['triggers']>): OFunction => ({ apiVersion: 'core.openfunction.io/v1beta2', kind: 'Function', metadata: { name: 'hello', namespace: 'demo' }, spec: { image: 'i', serving: { triggers: http } } });
const shape = (object: OFunction): unknown => planRoute({ fn: object, gateway, traffic: 's1' })?.entries.map(({ host, path, internal, stripPrefix }) => [host, path.value, internal, stripPrefix]);

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
