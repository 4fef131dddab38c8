import { setTimeout as pause } from 'node:timers/promises';
import type { KubeObject, ResourceKind } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import { firstByte, get } from '../cold/first-byte.ts';

const samples = 3;
const name = 'bench-from-zero';
const kind = (group: string, named: string, plural: string): ResourceKind => ({
  group,
  version: 'v1',
  kind: named,
  plural,
  namespaced: true,
  hasStatus: false,
});
const kinds = {
  deployment: kind('apps', 'Deployment', 'deployments'),
  service: kind('', 'Service', 'services'),
  configMap: kind('', 'ConfigMap', 'configmaps'),
};
const meta = (namespace: string): KubeObject['metadata'] => ({ namespace, name });

function deployment(namespace: string, image: string, replicas: number): KubeObject {
  const labels = { app: name };
  const security = {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const container = {
    name,
    image,
    command: ['/usr/local/bin/node', '/app/framework/dist/main.js', '--source=/fn', '--target=hello', '--port=8080'],
    ports: [{ containerPort: 8080 }],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    securityContext: security,
    volumeMounts: [{ name: 'fn', mountPath: '/fn' }],
  };
  const spec = { automountServiceAccountToken: false, containers: [container], volumes: [{ name: 'fn', configMap: { name } }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta(namespace),
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

/** The same function as a Deployment behind a Service, from the write that scales it up to its first byte. */
export async function deploymentFromZero(store: Store, namespace: string): Promise<number[]> {
  const fieldManager = 'bench';
  const image = await runnerImage(store);
  await store.apply(
    kinds.configMap,
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: meta(namespace),
      data: { 'index.js': "exports.hello = (req, res) => res.json({ hello: 'world' });" },
    } as KubeObject,
    { fieldManager },
  );
  await store.apply(
    kinds.service,
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta(namespace),
      spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
    },
    { fieldManager },
  );
  await store.apply(kinds.deployment, deployment(namespace, image, 0), { fieldManager });
  const service = await store.get(kinds.service, { namespace, name });
  const host = (service as unknown as { spec: { clusterIP: string } }).spec.clusterIP;
  const times: number[] = [];
  try {
    for (let sample = 0; sample < samples; sample++) {
      const began = performance.now();
      await store.apply(kinds.deployment, deployment(namespace, image, 1), { fieldManager });
      while (!(await isAnswered(host))) await pause(5);
      times.push(performance.now() - began);
      await store.apply(kinds.deployment, deployment(namespace, image, 0), { fieldManager });
      while (await isAnswered(host)) await pause(100);
      await pause(1_000);
    }
    return times;
  } finally {
    for (const each of Object.values(kinds)) await store.delete(each, { namespace, name });
  }
}

function isAnswered(host: string): Promise<boolean> {
  return firstByte({ host, port: 80 }, get(name)).then(
    ({ answer }) => answer.startsWith('HTTP/1.1 200'),
    () => false,
  );
}

/** The image that instances of the pool have, so that only the way to the function differs. */
async function runnerImage(store: Store): Promise<string> {
  const pool = await store.get(kinds.deployment, { namespace: 'default', name: 'openfunction-pool-node' });
  return (
    (pool as unknown as { spec: { template: { spec: { containers: { image: string }[] } } } }).spec.template.spec.containers[0]?.image ?? ''
  );
}
