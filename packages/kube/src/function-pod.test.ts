import type { Workload } from '@openfunction/workload';
import { expect, it } from 'vitest';
import { deploymentOf } from './manifests.ts';

const settings = {
  runtimes: { node: { image: 'runner' }, build: { image: 'build' } },
  poolRequests: { cpu: '1m', memory: '1Mi', ephemeralStorage: '1Mi' },
};
const key = { namespace: 'n', name: 'w' };
const owner = { apiVersion: 'v1', kind: 'Serving', key, uid: 'u' };

function podSpec(given: Partial<Workload>): Record<string, unknown> & { containers: Record<string, unknown>[] } {
  const workload: Workload = {
    key,
    owner,
    artifact: { kind: 'image', ref: 'podinfo:6' },
    replicas: 1,
    run: 'serve',
    template: {},
    ...given,
  };
  const { spec } = deploymentOf(workload, settings) as unknown as { spec: { template: { spec: ReturnType<typeof podSpec> } } };
  return spec.template.spec;
}
const image = (template: Workload['template']): ReturnType<typeof podSpec> => podSpec({ template: { port: 9898, cpu: '1', ...template } });

it('runs an image as its own user, asks its port whether it is ready, and lets it end in peace', () => {
  const spec = image({ user: 100, env: { PORT: '9898' } });
  expect(spec).toMatchObject({
    securityContext: { runAsNonRoot: true, runAsUser: 100 },
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 30,
    volumes: [],
  });
  expect(spec.containers).toEqual([
    expect.objectContaining({
      image: 'podinfo:6',
      env: [{ name: 'PORT', value: '9898' }],
      ports: [{ containerPort: 9898 }],
      readinessProbe: expect.objectContaining({ tcpSocket: { port: 9898 } }),
      lifecycle: { preStop: { sleep: { seconds: 5 } } },
      resources: { limits: { cpu: '1' }, requests: { cpu: '1m', memory: '1Mi', 'ephemeral-storage': '1Mi' } },
      securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
    }),
  ]);
  expect(image({})).toMatchObject({ securityContext: { runAsUser: 65532 } });
});

it('gives an image all that the template of its function says', () => {
  const readinessProbe = { httpGet: { path: '/readyz', port: 9898 } };
  const spec = image({
    env: { PORT: '9898', LEVEL: 'info' },
    pullSecrets: ['registry'],
    pod: {
      container: 1,
      template: {
        serviceAccountName: 'identity',
        nodeSelector: { disk: 'fast' },
        terminationGracePeriodSeconds: 4,
        volumes: [{ name: 'work', secret: { secretName: 's' } }],
        containers: [
          { name: 'sidecar', image: 'proxy:1' },
          {
            name: 'function',
            command: ['./podinfo'],
            args: ['--level'],
            imagePullPolicy: 'Always',
            readinessProbe,
            env: [{ name: 'LEVEL', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
            resources: { limits: { memory: '1Gi' }, requests: { memory: '64Mi' } },
            volumeMounts: [{ name: 'work', mountPath: '/data', readOnly: true }],
          },
        ],
      },
    },
  });
  expect(spec).toMatchObject({
    serviceAccountName: 'identity',
    automountServiceAccountToken: true,
    nodeSelector: { disk: 'fast' },
    terminationGracePeriodSeconds: 4,
    imagePullSecrets: [{ name: 'registry' }],
    volumes: [{ name: 'volume-0', secret: { secretName: 's' } }],
  });
  expect(spec.containers[0]).toMatchObject({
    command: ['./podinfo'],
    args: ['--level'],
    imagePullPolicy: 'Always',
    readinessProbe,
    env: [
      { name: 'PORT', value: '9898' },
      { name: 'LEVEL', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
    ],
    lifecycle: { preStop: { sleep: { seconds: 2 } } },
    resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { memory: '64Mi' } },
    volumeMounts: [{ name: 'volume-0', mountPath: '/data', readOnly: true }],
  });
  expect(spec.containers[1]).toMatchObject({ name: 'sidecar', image: 'proxy:1', securityContext: { runAsNonRoot: true } });
});

it('takes the labels of a function, but none that pass for those of the platform', () => {
  const labels = { team: 'a', 'openfunction.io/runtime': 'node', 'openfunction.io/pool': 'x', 'app.kubernetes.io/managed-by': 'me' };
  const workload: Workload = {
    key,
    owner,
    artifact: { kind: 'image', ref: 'i' },
    replicas: 1,
    run: 'serve',
    template: { port: 1, labels },
  };
  const { spec } = deploymentOf(workload, settings) as unknown as { spec: { template: { metadata: { labels: object } } } };
  expect(spec.template.metadata.labels).toEqual({
    team: 'a',
    'app.kubernetes.io/managed-by': 'openfunction',
    'openfunction.io/workload': 'w',
    'openfunction.io/pool': 'w',
    'openfunction.io/owner-uid': 'u',
  });
});

it('gives a runner of its own the volumes, place and identity of its function, and nothing that would change the runner', () => {
  const spec = podSpec({
    artifact: { kind: 'runner', runtime: 'node' },
    template: {
      pod: {
        container: 0,
        template: {
          runtimeClassName: 'gvisor',
          volumes: [
            { name: 'scratch', emptyDir: {} },
            { name: 'data', persistentVolumeClaim: { claimName: 'c' } },
          ],
          containers: [
            {
              name: 'function',
              command: ['sh'],
              volumeMounts: [
                { name: 'scratch', mountPath: '/tmp' },
                { name: 'data', mountPath: '/data' },
                { name: 'data', mountPath: 'below/work' },
              ],
            },
          ],
        },
      },
    },
  });
  expect(spec).toMatchObject({ runtimeClassName: 'gvisor' });
  expect(spec.containers[0]).not.toHaveProperty('command');
  expect(spec.containers[0]).toMatchObject({
    image: 'runner',
    volumeMounts: [
      { name: 'work', mountPath: '/work' },
      { name: 'volume-0', mountPath: '/tmp' },
      { name: 'volume-1', mountPath: '/data' },
    ],
  });
});
