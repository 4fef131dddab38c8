import { expect, it } from 'vitest';
import { definitionNames, type ClusterState, type Deployment } from './cluster-state.ts';
import { examineCluster } from './examine-cluster.ts';

const now = Date.parse('2026-06-01T00:00:00Z');
/** PEM in base64, as a Secret has it; its key was thrown away. */
const tenDaysMore =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJGRENCdTZBREFnRUNBZ0VCTUFvR0NDcUdTTTQ5QkFNQ01CSXhFREFPQmdOVkJBTVRCMmRoZEdWM1lYa3cKSGhjTk1qWXdOVEF4TURBd01EQXdXaGNOTWpZd05qRXhNREF3TURBd1dqQVNNUkF3RGdZRFZRUURFd2RuWVhSbApkMkY1TUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowREFRY0RRZ0FFWGkyWnErcUJKQ3g4SXFITEtJZ2xpSHdxCmh3YXR0SHE1alcxYThzVG0zbTljcjhSQnVjM1VkQSt2Z1pzM1htNnY2bkIvN2xzT2xlQmFXeHJVK2JuWU5hTUMKTUFBd0NnWUlLb1pJemowRUF3SURTQUF3UlFJZ0hPSHZRbE5rVkxoS3VtNEF4dEZRdFA0VnEvNFFlSzA5aWV6Rgo4T3hXd1pRQ0lRQ01ieHhzekhBSUY3OHJGazJCbWNmcW5jRGNjSm54bTFmS0pldUlqbkFzamc9PQotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0t';

function deployment(name: string, ready = 1, env: { name: string; value: string }[] = []): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'openfunction', labels: { 'app.kubernetes.io/version': '0.1.0' } },
    spec: { replicas: 1, template: { spec: { containers: [{ env }] } } },
    status: { readyReplicas: ready },
  };
}

function fn(
  namespace: string,
  reason?: string,
): {
  apiVersion: 'core.openfunction.io/v1beta2';
  kind: 'Function';
  metadata: { name: string; namespace: string };
  spec: { image: string };
  status: object;
} {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name: 'orders', namespace },
    spec: { image: 'r.test/orders' },
    status: { build: { state: 'Failed', reason } },
  };
}

function cluster(rest: Partial<ClusterState> = {}): ClusterState {
  const namespaces = [{ name: 'OFN_FUNCTION_NAMESPACES', value: 'default' }];
  return {
    version: { value: 'v1.34.0' },
    definitions: {
      value: definitionNames.map((name) => ({
        apiVersion: 'v1',
        kind: 'CustomResourceDefinition',
        metadata: { name },
        status: { conditions: [{ type: 'Established', status: 'True' }] },
      })),
    },
    deployments: { value: [deployment('controller'), deployment('builder'), deployment('pod-pool', 1, namespaces), deployment('gateway')] },
    secrets: { value: [] },
    leases: {
      value: [
        {
          apiVersion: 'v1',
          kind: 'Lease',
          metadata: { name: 'controller' },
          spec: { holderIdentity: 'a', renewTime: new Date(now - 3000).toISOString() },
        },
      ],
    },
    functions: { value: [fn('default')] },
    pools: { value: [{ ...deployment('pool-node'), metadata: { name: 'pool-node', namespace: 'default' } }] },
    may: [{ what: 'apply Functions', allowed: { value: true } }],
    ...rest,
  };
}

function bad(rest: Partial<ClusterState>): string[] {
  return examineCluster(cluster(rest), { ofnVersion: '0.1.0', now })
    .filter(({ is }) => is !== 'good')
    .map(({ what, is, says, todo }) => `${what} ${is}: ${says} → ${todo}`);
}

it('finds nothing wrong with a cluster that works', () => {
  expect(bad({})).toEqual([]);
});

it('says of each thing that is wrong what to do', () => {
  expect(bad({ definitions: { value: [] } })).toEqual([expect.stringMatching(/^crds bad: missing: functions\.core.* → Install the chart/)]);
  expect(bad({ deployments: { value: [] } })).toEqual([expect.stringMatching(/^parts bad: OpenFunction is not installed there → /)]);
  expect(
    bad({ deployments: { value: [deployment('controller', 0), deployment('builder'), deployment('pod-pool'), deployment('gateway')] } }),
  ).toEqual([
    expect.stringMatching(/^controller bad: 0 of 1 ready.* → See why: kubectl -n openfunction describe pods -l .*component=controller/),
  ]);
  const told = deployment('controller', 1, [{ name: 'OFN_BUS_ADDRESS', value: 'event-bus.openfunction.svc:9443' }]);
  expect(bad({ deployments: { value: [told, deployment('builder'), deployment('pod-pool'), deployment('gateway')] } })).toEqual([
    'event-bus bad: is not there → helm upgrade openfunction … brings it back',
  ]);
  expect(bad({ functions: { value: [fn('shop') as never] } })).toEqual([
    expect.stringMatching(/^namespaces bad: .*Functions in shop → Enable it: helm upgrade .*functionNamespaces=\{default,shop\}/),
  ]);
  expect(bad({ functions: { value: [fn('default', 'RegistryDenied') as never] } })).toEqual([
    expect.stringMatching(/^registry bad: 1 of 1 functions .*default\/orders \(RegistryDenied\) → "ofn describe orders -n default"/),
  ]);
  expect(bad({ pools: { value: [deployment('pool-node', 0)] } })).toEqual([
    expect.stringMatching(/^pool bad: .*0 of 1 warm instances ready → See why/),
  ]);
  expect(bad({ may: [{ what: 'apply Functions', allowed: { value: false } }] })).toEqual([
    expect.stringMatching(/^rights note: you may not apply Functions/),
  ]);
  const lease = {
    apiVersion: 'v1',
    kind: 'Lease',
    metadata: { name: 'controller' },
    spec: { holderIdentity: 'a', renewTime: new Date(now - 90_000).toISOString() },
  };
  expect(bad({ leases: { value: [lease] } })).toEqual([
    expect.stringMatching(/^leader bad: .*last renewed 90 s ago.* → Look at its log: .*deployment\/controller/),
  ]);
});

it('says which certificate ends soon or has ended, and how it is renewed', () => {
  const secret = (name: string, text: string): never =>
    ({ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name }, data: { 'tls.crt': text } }) as never;
  expect(bad({ secrets: { value: [secret('gateway-tls', 'bm9uZQ==')] } })).toEqual([
    expect.stringMatching(
      /^tls bad: the Secret gateway-tls holds no certificate → The controller renews it; .* logs deployment\/controller/,
    ),
  ]);
  expect(bad({ secrets: { value: [secret('gateway-tls', tenDaysMore)] } })).toEqual([
    expect.stringMatching(/^tls note: the certificate in gateway-tls ends in 10 days → The controller renews it; /),
  ]);
  const later = examineCluster(cluster({ secrets: { value: [secret('gateway-tls', tenDaysMore)] } }), {
    ofnVersion: '0.1.0',
    now: now + 20 * 86_400_000,
  });
  expect(later.find(({ what }) => what === 'tls')).toMatchObject({ is: 'bad', says: 'the certificate in gateway-tls ended 10 days ago' });
});

it('takes the certificate that the controller made since for the one that there is', () => {
  const secret = (name: string, text?: string): never =>
    ({ metadata: { name }, ...(text === undefined ? {} : { data: { 'tls.crt': text } }) }) as never;
  const renewed = (text?: string): string[] =>
    bad({ secrets: { value: [secret('gateway-tls', 'bm9uZQ=='), secret('gateway-tls-renewed', text)] } });
  expect(renewed()).toEqual([expect.stringMatching(/gateway-tls holds no certificate/)]);
  expect(renewed(tenDaysMore)).toEqual([expect.stringMatching(/gateway-tls ends in 10 days/)]);
});

it('goes on where something may not be read, and says so', () => {
  expect(bad({ secrets: { error: 'secrets is forbidden' } })).toEqual([
    expect.stringMatching(/^tls note: cannot be looked at: secrets is forbidden → Run it as/),
  ]);
});
