// Everything but the gateway, as a process of its own: argv is the data folder, the pool's size and the gateway's port. Told over IPC what to do.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataFolder, startControl } from '@openfunction/embedded';
import { socketServer } from '@openfunction/protocol';
import { functionKind, type OFunction } from '@openfunction/resources';

/** A function to deploy; the bundle, and its code cache, lie in files. */
export interface Deployment {
  name: string;
  bundle: string;
  cache?: { key: string; path: string };
  /** Requests that one instance takes at a time. */
  concurrency?: number;
}

export type Order = { id: number } & ({ deploy: Deployment } | { remove: string } | { quiet: true } | { countClaimed: true });

const namespace = 'bench';
const poolSize = Number(process.argv[3]);
const folder = dataFolder(process.argv[2]!);
const control = await startControl({
  folder,
  domain: 'localhost',
  gatewayPort: Number(process.argv[4]),
  poolSize,
  // Artifacts are in nobody's memory: each load reads and checks its own from the disk.
  artifactCacheBytes: 0,
  log: (message, fields) => console.error(message, fields),
});
await socketServer({ path: folder.controlSocket, services: control.services });

async function deploy({ name, bundle, cache, concurrency = 100 }: Deployment): Promise<void> {
  const image = `registry.local/bench/${name}:v1`;
  const bytes = cache === undefined ? undefined : readFileSync(cache.path);
  const digest = await control.artifacts.put(
    image,
    {
      manifest: { runtime: 'node', format: 'cjs', exports: ['hello'], target: 'hello', signature: 'http', entry: 'index.js' },
      bundle: readFileSync(bundle),
      assets: new Uint8Array(),
    },
    cache === undefined || bytes === undefined
      ? {}
      : { caches: [{ key: cache.key, bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` }] },
  );
  const fn: OFunction = {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { namespace, name },
    spec: {
      image: `${image}@${digest}`.replace(':v1@', '@'),
      serving: {
        triggers: { http: { port: 8080 } },
        annotations: { 'autoscaling.knative.dev/container-concurrency': String(concurrency) },
      },
    },
  };
  await control.store.create(functionKind, fn);
  for (;;) {
    const ready = (await control.store.get(functionKind, { namespace, name }))?.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'True') return;
    if (ready?.status === 'False') throw new Error(`${name} is not ready: ${ready.message}`);
    await sleep(10);
  }
}

/** The pool is full again, nothing else runs or starts, and a while has passed. */
async function quiet(): Promise<void> {
  for (let since = Date.now(); Date.now() - since < 400; await sleep(20)) {
    const all = await control.workloads.list();
    if (all.length !== poolSize || all.some(({ phase, digest }) => phase !== 'Ready' || digest !== undefined)) since = Date.now();
  }
}

async function obey(order: Order): Promise<number | undefined> {
  if ('countClaimed' in order) return (await control.workloads.list()).filter(({ digest }) => digest !== undefined).length;
  if ('deploy' in order) await deploy(order.deploy);
  else if ('remove' in order) await control.store.delete(functionKind, { namespace, name: order.remove });
  else await quiet();
  return undefined;
}

process.on('message', (order: Order) => {
  void obey(order).then(
    (count) => process.send?.({ id: order.id, count }),
    (error: unknown) => process.send?.({ id: order.id, error: String(error) }),
  );
});
process.on('SIGTERM', () => void control.close({ instances: 'end' }).then(() => process.exit(0)));
process.send?.({ id: 0 });
