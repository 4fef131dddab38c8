import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, type Probe } from '../support/call.ts';
import { deploy, remove } from '../support/functions.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const other = target.namespaces[1] ?? '';

beforeAll(async () => {
  await deploy(target, { name: 'caller', source: 'caller', target: 'caller' });
  await deploy(target, { name: 'called', params: { TENANT: 'default' } });
  await deploy(target, { name: 'called', namespace: other, params: { TENANT: other } });
});
afterAll(async () => {
  await remove(target, 'default', 'caller', 'called');
  await remove(target, other, 'called');
});

async function ask(name: string, namespace: string): Promise<{ greeting: string; status: number; body: string }> {
  const { status, body } = await call(target, 'caller', { path: `/?name=${name}&namespace=${namespace}` });
  expect(status, body).toBe(200);
  return JSON.parse(body) as { greeting: string; status: number; body: string };
}

it('calls a function by its name inside the cluster, cold, in its own namespace and in another', async () => {
  for (const namespace of ['default', other]) {
    const { status, body } = await ask('called', namespace);
    expect(status, body).toBe(200);
    expect((JSON.parse(body) as Probe).tenant).toBe(namespace);
  }
});

it('ships the files beside a TypeScript source', async () => {
  expect((await ask('called', 'default')).greeting).toBe('hello from a file');
});

it('does not serve names of the inside to callers from outside', async () => {
  const { status } = await call(target, 'called', { host: 'called.default.svc.cluster.local' });
  expect(status).toBe(404);
});
