import { afterAll, expect, it } from 'vitest';
import { call, probeOf } from '../support/call.ts';
import { deploy, kubectl, remove, tryDeploy } from '../support/functions.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const canary = 'canary-5f0c1d';

afterAll(async () => {
  await remove(target, 'default', 'configured', 'misses-secret');
  await kubectl(target, 'delete', 'secret/e2e-secret', 'configmap/e2e-config', '--ignore-not-found');
});

it('gives a function its Secret and ConfigMap, and shows the Secret to nobody else', async () => {
  await kubectl(target, 'create', 'secret', 'generic', 'e2e-secret', `--from-literal=password=${canary}`);
  await kubectl(target, 'create', 'configmap', 'e2e-config', '--from-literal=CONFIG=blue');
  const name = 'configured';
  await deploy(target, {
    name,
    container: {
      env: [{ name: 'SECRET', valueFrom: { secretKeyRef: { name: 'e2e-secret', key: 'password' } } }],
      envFrom: [{ configMapRef: { name: 'e2e-config' } }],
    },
  });
  expect(probeOf(await call(target, name))).toMatchObject({ secret: canary, config: 'blue' });

  const shown = await kubectl(target, 'get', 'functions,servings,pods,events', '-o', 'yaml');
  expect(shown).not.toContain(canary);
  expect((await target.ofn(['describe', name])).stdout).not.toContain(canary);
});

it('names the Secret that is missing', async () => {
  const name = 'misses-secret';
  await tryDeploy(target, {
    name,
    scaleOptions: { minReplicas: 1 },
    container: { env: [{ name: 'SECRET', valueFrom: { secretKeyRef: { name: 'no-such-secret', key: 'password' } } }] },
  });
  expect((await target.ofn(['describe', name])).stdout).toContain('no-such-secret');
  const { status, body } = await call(target, name);
  expect(status).toBe(503);
  expect(body).toContain('ReferenceNotFound');
});
