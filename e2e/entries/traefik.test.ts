import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, probeOf } from '../support/call.ts';
import { deploy, kubectl, remove } from '../support/functions.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const platform = 'openfunction';
const entry = { host: '127.0.0.1', port: 18_000 };
const patienceMs = 120_000;
const crds = process.env['OFN_CLUSTER_GATEWAY_API'] ?? '';
const isBuilt = existsSync(crds) && spawnSync('traefik', ['version']).status === 0;
const why = isBuilt ? '' : ' (skipped: Traefik is not built; e2e/cluster/build traefik does that)';

const gatewayClass = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: 'traefik' },
  spec: { controllerName: 'traefik.io/gateway-controller' },
};
const gateway = {
  apiVersion: 'networking.openfunction.io/v1alpha1',
  kind: 'Gateway',
  metadata: { name: 'entry', namespace: platform },
  spec: {
    domain: 'entry.test',
    gatewayDef: { name: 'functions', namespace: platform, gatewayClassName: 'traefik' },
    gatewaySpec: { listeners: [{ name: 'web', port: entry.port, protocol: 'HTTP' }] },
  },
};

interface Conditions {
  status?: { conditions?: { type: string; status: string }[]; addresses?: { value: string }[] };
}

describe.skipIf(!isBuilt)(`another implementation of the Gateway API as the way in${why}`, async () => {
  const target = await useTarget();
  const throughEntry = { ...target, gateway: entry };
  let traefik: ChildProcess | undefined;

  async function apply(...objects: object[]): Promise<void> {
    const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    const { code, stderr } = await target.kubectl(['apply', '--server-side', '-f', '-'], { stdin });
    if (code !== 0) throw new Error(stderr);
  }
  async function ofGateway(): Promise<NonNullable<Conditions['status']>> {
    const said = await kubectl(target, 'get', 'gateways.networking.openfunction.io', 'entry', '-n', platform, '-o', 'json');
    return (JSON.parse(said) as Conditions).status ?? {};
  }

  beforeAll(async () => {
    await kubectl(target, 'apply', '--server-side', '-f', crds);
    await kubectl(target, 'wait', '--for=condition=Established', '--timeout=60s', '-f', crds);
    await apply(gatewayClass);
    traefik = spawn(
      'traefik',
      [
        '--providers.kubernetesgateway',
        '--providers.kubernetesgateway.statusaddress.ip=192.0.2.80',
        `--entrypoints.web.address=${entry.host}:${entry.port}`,
        '--global.checknewversion=false',
        '--global.sendanonymoususage=false',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
  });
  afterAll(async () => {
    await remove(target, 'default', 'entered');
    for (const each of [`gateways.networking.openfunction.io/entry`, 'gatewayclasses.gateway.networking.k8s.io/traefik'])
      await kubectl(target, 'delete', each, '-n', platform, '--ignore-not-found');
    if (traefik?.exitCode === null) {
      const ended = once(traefik, 'exit');
      traefik.kill();
      await ended;
    }
    await kubectl(target, 'delete', '--ignore-not-found', '-f', crds);
  });

  it('is made from gatewayDef, is told of functions, and leads their callers to them', async () => {
    await apply(gateway);
    const { addresses } = await until('the Gateway is ready', patienceMs, async () => {
      const status = await ofGateway();
      return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') && status;
    });
    expect(addresses?.map(({ value }) => value)).toContain('192.0.2.80');

    await deploy(target, { name: 'entered', params: { VERSION: 'one' }, route: { gatewayRef: { name: 'entry', namespace: platform } } });
    const host = 'entered.default.entry.test';
    const answer = await until('the function answers through Traefik', patienceMs, async () => {
      const got = await call(throughEntry, 'entered', { host });
      return got.status === 200 && got;
    });
    expect(probeOf(answer).version).toBe('one');
    // Of the platform's gateway, behind the other one.
    expect(answer.headers?.['x-request-id']).toMatch(/\S/);

    await remove(target, 'default', 'entered');
    await until('Traefik knows the function no more', patienceMs, async () => {
      const { status } = await call(throughEntry, 'entered', { host });
      return status === 404;
    });
  });
});
