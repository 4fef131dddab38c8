import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf } from '../e2e/targets/kubernetes/cluster.ts';
import { install, uninstall } from '../e2e/targets/kubernetes/install.ts';
import { platformNamespace } from '../e2e/targets/kubernetes/pods.ts';
import { until } from '../e2e/support/until.ts';
import { outputOf, runCommand } from '../e2e/targets/run-command.ts';
import { formerDefinitions, formerObjects, formerStatus, oldest } from './former-installation.ts';

const namespace = 'former';
const v1beta1 = 'functions.v1beta1.core.openfunction.io';
const v1beta2 = 'functions.v1beta2.core.openfunction.io';

interface Found {
  metadata: { uid: string; generation: number; finalizers?: string[] };
  spec: unknown;
  status?: { observedGeneration?: number; conditions?: { type: string }[] };
}

const kubectl = (...args: string[]): Promise<string> => outputOf('kubectl', ['-n', namespace, ...args]);
const get = async (kind: string, name: string): Promise<Found> => JSON.parse(await kubectl('get', kind, name, '-o', 'json')) as Found;

async function apply(...items: object[]): Promise<void> {
  const args = ['apply', '--server-side', '--force-conflicts', '--field-manager=former', '-f', '-'];
  await outputOf('kubectl', args, { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
}

/** Until the API server has taken the definitions in. */
async function applied(...items: object[]): Promise<void> {
  await until('the objects are taken', 30_000, () =>
    apply(...items).then(
      () => true,
      () => false,
    ),
  );
}

async function define(options: Parameters<typeof formerDefinitions>[0]): Promise<void> {
  const definitions = formerDefinitions(options);
  await apply(...definitions);
  const names = definitions.map((each) => `crd/${(each['metadata'] as { name: string }).name}`);
  await outputOf('kubectl', ['wait', ...names, '--for=condition=Established', '--timeout=30s']);
}

/** Takes away what an earlier run left, which may convert otherwise, or not at all. */
async function forget(): Promise<void> {
  const names = formerDefinitions({ stores: 'v1beta2', webhook: false }).map((each) => (each['metadata'] as { name: string }).name);
  const patch = (kind: string, name: string, change: object): Promise<unknown> =>
    runCommand('kubectl', ['patch', kind, name, '-n', namespace, '--type=merge', '-p', JSON.stringify(change)]);
  for (const name of names) await patch('crd', name, { spec: { conversion: { strategy: 'None', webhook: null } } });
  await patch('gateways.networking.openfunction.io', 'openfunction', { metadata: { finalizers: null } });
  await outputOf('kubectl', ['delete', 'crd', ...names, '--ignore-not-found', '--timeout=60s']);
}

// On a cluster of the tests' own: it replaces CRDs.
const isOurs = process.env['OFN_CLUSTER_REGISTRY'] !== undefined;

describe.skipIf(!isOurs)('installing over OpenFunction 1.2', () => {
  let before: Map<string, Found>;

  beforeAll(async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
    await forget();
    // What an upgrade from 1.0 leaves: an object that is stored in v1beta1 although v1beta2 is what is stored now.
    await define({ stores: 'v1beta1', webhook: false });
    // The API server takes a moment to store by the new definition.
    await applied(oldest);
    await define({ stores: 'v1beta2', webhook: false });
    await applied(...formerObjects);
    await kubectl('patch', v1beta2, 'served', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status: formerStatus }));
    before = new Map([
      ['served', await get(v1beta2, 'served')],
      ['privileged', await get(v1beta2, 'privileged')],
      ['oldest', await get(v1beta1, 'oldest')],
    ]);
    await define({ stores: 'v1beta2', webhook: true });
    await install(clusterOf(process.env), { namespaces: [namespace], domain: 'ofn.test' });
  }, 400_000);

  afterAll(async () => {
    if (process.env['OFN_E2E_KEEP'] === 'true') return;
    await uninstall([namespace]);
    await forget();
    await outputOf('kubectl', ['delete', 'namespace', namespace, '--wait=false']);
  }, 120_000);

  async function reconciled(name: string): Promise<Found> {
    let found: Found | undefined;
    await expect
      .poll(
        async () => {
          found = await get(v1beta2, name);
          return found.status?.observedGeneration === found.metadata.generation;
        },
        { timeout: 60_000, interval: 500 },
      )
      .toBe(true);
    return found!;
  }

  it('keeps what was stored, and reconciles it', { timeout: 90_000 }, async () => {
    const { metadata, spec, status } = await reconciled('served');
    expect(metadata.uid).toBe(before.get('served')?.metadata.uid);
    expect(spec).toEqual(before.get('served')?.spec);
    expect(status?.conditions?.map(({ type }) => type)).toContain('Ready');
  });

  it('keeps what may no longer be, and says so', async () => {
    const said = async (): Promise<string> => kubectl('get', 'events', '--field-selector', 'involvedObject.name=privileged', '-o', 'yaml');
    await expect.poll(said, { timeout: 60_000, interval: 500 }).toContain('hostNetwork would let a function reach beyond its own sandbox');
    expect((await get(v1beta2, 'privileged')).spec).toEqual(before.get('privileged')?.spec);
    expect(await kubectl('get', 'servings')).not.toContain('privileged');
  }, 90_000);

  it('converts what is stored in v1beta1 without loss', { timeout: 90_000 }, async () => {
    const { metadata, spec } = await reconciled('oldest');
    expect(metadata.uid).toBe(before.get('oldest')?.metadata.uid);
    expect(spec).toMatchObject({
      build: { shipwright: { params: [{ name: 'CACHE_IMAGE' }] } },
      serving: { triggers: { http: { port: 8081 } }, outputs: [{ dapr: { name: 'shared', outputName: 'out' } }] },
    });
    expect((await get(v1beta1, 'oldest')).spec).toEqual(before.get('oldest')?.spec);
    expect(await kubectl('get', v1beta1)).toMatch(/oldest[^]*privileged[^]*served/);
  });

  it('leaves kinds alone that are not its own', async () => {
    expect(await kubectl('get', 'eventsources.events.openfunction.io', 'untouched', '-o', 'jsonpath={.spec.eventBus}')).toBe('default');
  });

  it('takes v1beta1, and goes on with v1beta2 while nothing converts', async () => {
    const written = { ...oldest, metadata: { name: 'written', namespace } };
    expect(await runCommand('kubectl', ['apply', '-f', '-'], { stdin: JSON.stringify(written) })).toMatchObject({ code: 0 });
    expect((await get(v1beta1, 'written')).spec).toEqual(oldest['spec']);
    await reconciled('written');

    await outputOf('kubectl', ['-n', platformNamespace, 'scale', 'deployment/converter', '--replicas=0']);
    await outputOf('kubectl', [
      '-n',
      platformNamespace,
      'wait',
      'pods',
      '-l',
      'app.kubernetes.io/component=converter',
      '--for=delete',
      '--timeout=60s',
    ]);
    await expect
      .poll(async () => (await runCommand('kubectl', ['-n', namespace, 'get', v1beta1, 'written'])).code, { timeout: 30_000 })
      .not.toBe(0);
    // What was stored in v1beta1 was written anew when it was reconciled: nothing of v1beta2 needs the conversion any more.
    const args = ['patch', v1beta2, 'served', 'oldest', 'written', '--type=merge', '-p', '{"spec":{"version":"v3"}}'];
    await kubectl(...args);
    for (const name of ['served', 'oldest', 'written']) expect((await reconciled(name)).metadata.generation).toBeGreaterThan(1);
    const made = {
      apiVersion: 'core.openfunction.io/v1beta2',
      kind: 'Function',
      metadata: { name: 'made', namespace },
      spec: before.get('served')?.spec,
    };
    expect(await runCommand('kubectl', ['apply', '-f', '-'], { stdin: JSON.stringify(made) })).toMatchObject({ code: 0 });
    await reconciled('made');
    expect(await kubectl('get', v1beta2, '-o', 'name')).toContain('/made');

    await outputOf('kubectl', ['-n', platformNamespace, 'scale', 'deployment/converter', '--replicas=1']);
    await expect
      .poll(async () => (await runCommand('kubectl', ['-n', namespace, 'get', v1beta1, 'written'])).code, {
        timeout: 60_000,
        interval: 500,
      })
      .toBe(0);
  }, 180_000);

  it('lets a Gateway of the former controller go', { timeout: 60_000 }, async () => {
    const { metadata } = await get('gateways.networking.openfunction.io', 'openfunction');
    expect(metadata.finalizers).toEqual(['networking.openfunction.io/finalizer']);
    await kubectl('delete', 'gateways.networking.openfunction.io', 'openfunction', '--timeout=30s');
    await apply(formerObjects.find(({ kind }) => kind === 'Gateway')!);
  });
});
