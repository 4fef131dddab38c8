import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataFolder } from '@openfunction/embedded';
import { runPlatform, type PlatformState } from '@openfunction/embedded/platform';
import { layoutArtifacts } from '@openfunction/oci';
import { connectApi, type Api } from '../routes/api.ts';

export interface Platform {
  /** Processes and addresses, as they are now. */
  state: PlatformState;
  api: Api;
  /** Puts an artifact of this source where functions find it; answers its image. */
  artifact(source: string): Promise<string>;
  /** Applies a Function of the namespace `bench`, and waits until this generation of it is ready. */
  apply(name: string, spec: { image: string; serving: Record<string, unknown> }): Promise<void>;
  /** Kills the process of each instance of the functions. */
  killInstances(): void;
  close(): Promise<void>;
}

/** An instance, as the platform keeps it on disk. */
interface InstanceRecord {
  owner?: object;
  finished?: unknown;
  process?: { pid: number };
}

const functions = '/apis/core.openfunction.io/v1beta2/namespaces/bench/functions';

interface Applied {
  metadata: { generation: number };
  status?: { conditions?: { type: string; status: string; message: string; observedGeneration: number }[] };
}

/** The platform as `ofn up` runs it, supervised, with processes of its own for control and gateway. */
export async function startPlatform(options: { poolSize: number }): Promise<Platform> {
  const root = mkdtempSync(path.join(tmpdir(), 'bp-'));
  const folder = dataFolder(root);
  const stop = new AbortController();
  const ready = Promise.withResolvers<PlatformState>();
  const running = runPlatform({
    ...options,
    folder,
    domain: 'localhost',
    port: 0,
    env: process.env,
    signal: stop.signal,
    onReady: ready.resolve,
    log: (message) => console.error(message),
  });
  running.catch(ready.reject);
  const state = await ready.promise;
  const artifacts = layoutArtifacts({ dir: folder.artifacts });
  const api = connectApi(folder.kubeconfig, 4);
  const asked = async (...given: Parameters<Api['ask']>): Promise<string> => {
    const { status, body } = await api.ask(...given);
    if (status >= 300) throw new Error(`The API answered ${status}: ${body}`);
    return body;
  };
  await asked('PATCH', '/api/v1/namespaces/bench?fieldManager=bench', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } });
  return {
    state,
    api,
    async artifact(source) {
      const image = 'registry.local/bench/bench';
      const manifest = {
        runtime: 'node',
        format: 'cjs',
        exports: ['bench'],
        target: 'bench',
        signature: 'http',
        entry: 'index.js',
      } as const;
      const digest = await artifacts.put(`${image}:v1`, {
        manifest: { ...manifest, exports: [...manifest.exports] },
        bundle: Buffer.from(source),
        assets: new Uint8Array(),
      });
      return `${image}@${digest}`;
    },
    async apply(name, spec) {
      const fn = { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Function', metadata: { name, namespace: 'bench' }, spec };
      const { metadata } = JSON.parse(await asked('PATCH', `${functions}/${name}?fieldManager=bench`, fn)) as Applied;
      for (;;) {
        const { status } = JSON.parse(await asked('GET', `${functions}/${name}`)) as Applied;
        const is = status?.conditions?.find(({ type }) => type === 'Ready');
        if (is?.status === 'True' && is.observedGeneration === metadata.generation) return;
        if (is?.status === 'False' && is.observedGeneration === metadata.generation) throw new Error(`${name} is not ready: ${is.message}`);
        await sleep(50);
      }
    },
    killInstances() {
      for (const file of globSync(path.join(root, 'workloads/instances/*/state.json'))) {
        const { owner, finished, process: running } = JSON.parse(readFileSync(file, 'utf8')) as InstanceRecord;
        // Each leads a process group.
        if (owner !== undefined && finished === undefined && running !== undefined) process.kill(-running.pid, 'SIGKILL');
      }
    },
    async close() {
      api.close();
      stop.abort();
      await running;
      rmSync(root, { recursive: true, force: true });
    },
  };
}
