import { pushServerImage } from '@openfunction/images/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, probeOf } from '../support/call.ts';
import { deploy, kubectl, remove } from '../support/functions.ts';
import type { LockedRegistry, Target } from '../targets/target.ts';
import { useTarget } from '../targets/use-target.ts';

const target: Target = await useTarget();
const { lockedRegistry } = target;
const registry = lockedRegistry as LockedRegistry;
const test = it.skipIf(lockedRegistry === undefined);
const [built, pulled] = ['kept-behind-a-password', 'served-behind-a-password'];
let image = '';

beforeAll(async () => {
  if (lockedRegistry === undefined) return;
  image = await pushServerImage(registry, 'e2e/locked:v1');
  await makeSecret('right', registry.credentials.password);
  await makeSecret('wrong', 'something else');
});
afterAll(async () => {
  await remove(target, 'default', built, pulled);
  await kubectl(target, 'delete', 'secret', 'right', 'wrong', '--ignore-not-found');
});

/** As people make it. */
async function makeSecret(name: string, password: string): Promise<void> {
  const access = [
    `--docker-server=${registry.host}`,
    `--docker-username=${registry.credentials.username}`,
    `--docker-password=${password}`,
  ];
  await kubectl(target, 'create', 'secret', 'docker-registry', name, ...access);
}

async function apply(fn: object): Promise<void> {
  const { code, stderr } = await target.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(fn) });
  expect(code, stderr).toBe(0);
}

async function readyMessage(name: string): Promise<string> {
  return kubectl(target, 'get', 'functions.core.openfunction.io', name, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].message}');
}

test('builds into a registry and runs from it with imageCredentials', async () => {
  await deploy(target, { name: built, image: `${registry.host}/e2e/${built}:v1`, imageCredentials: 'right' });
  probeOf(await call(target, built));
});

const served = (pullSecret?: string): object => ({
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata: { name: pulled, namespace: 'default' },
  spec: {
    version: 'v2.0.0',
    image,
    serving: {
      triggers: { http: { port: 9898 } },
      scaleOptions: { minReplicas: 1 },
      template: {
        containers: [{ name: 'function' }],
        ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
      },
    },
  },
});

test.each([
  ['no password', undefined],
  ['a wrong password', 'wrong'],
])('says that an image cannot be had with %s', { timeout: 90_000 }, async (_, secret) => {
  await apply(served(secret));
  await expect.poll(() => readyMessage(pulled), { timeout: 60_000 }).toMatch(/credentials|password|401|Unauthorized/i);
});

test('runs an image with the password of a pull secret', { timeout: 120_000 }, async () => {
  await apply(served('right'));
  await kubectl(target, 'wait', '--for=condition=Ready', `functions.core.openfunction.io/${pulled}`, '--timeout=90s');
  const { status, body } = await call(target, pulled);
  expect(status, body).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ port: 9898 });
});
