import { keyText, type Key } from '@openfunction/resources';
import { digestOf } from '@openfunction/artifact';
import { planInstances, WorkloadError, type Instance, type Trouble, type Workload, type Workloads } from '@openfunction/workload';
import type { Health, LoadResponse, Ticket } from '@openfunction/protocol';
import { outbox } from '../gateways/outbox.ts';
import type { InstanceControl, LoadParts } from '../instances/instance-control.ts';

/** An instance that exists in memory only, and behaves as the runner does: one load ever. */
export interface FakeInstance {
  record: Instance;
  state: 'Fresh' | 'Loading' | 'Serving' | 'Draining';
  ticket?: Ticket;
  settings?: Record<string, unknown>;
  cacheBytes: number;
  /** Loads that came, whether they were taken or not, by Function's uid. */
  asked: string[];
  /** Answers nothing more, as with a blocked event loop. */
  silent: boolean;
}

export type LoadFault = 'none' | 'dies' | 'refuses' | 'loses the answer' | 'hangs';

/** Where instances run in tests: `faults` decides what goes wrong. */
export interface FakeGround {
  workloads: Workloads;
  control: InstanceControl;
  instances: Map<string, FakeInstance>;
  applied: Map<string, Workload>;
  calls: { list: number; adopt: number };
  faults: {
    load: (instance: FakeInstance) => LoadFault;
    adopt: (instance: FakeInstance) => boolean;
    /** Instances that were started become ready at once, unless this says no. */
    ready: (instance: FakeInstance) => boolean;
    /** Nothing that is asked for is made, for this reason. */
    hindrance: Trouble | undefined;
  };
  hint(): void;
  makeReady(id: string): void;
  /** The process is gone. */
  kill(id: string): void;
}

export function fakeGround(): FakeGround {
  const instances = new Map<string, FakeInstance>();
  const applied = new Map<string, Workload>();
  const watchers = new Set<(key: Key) => void>();
  const kept = new Set<string>();
  const calls = { list: 0, adopt: 0 };
  const faults: FakeGround['faults'] = { load: () => 'none', adopt: () => false, ready: () => true, hindrance: undefined };
  let made = 0;
  let hinted: Key = { namespace: '', name: '' };

  function hint(): void {
    for (const watcher of watchers) watcher(hinted);
  }
  function makeReady(id: string): void {
    const instance = instances.get(id);
    if (instance?.record.phase !== 'Starting') return;
    instance.record.phase = 'Ready';
    hint();
  }
  function start(workload: Workload): void {
    made += 1;
    const id = `i${made}`;
    const unix = { kind: 'unix', path: `/${id}` } as const;
    const instance: FakeInstance = {
      record: {
        id,
        workload: workload.key,
        namespace: workload.key.namespace,
        phase: 'Starting',
        endpoints: { control: unix, traffic: unix },
        createdAt: made,
        ...(workload.artifact.kind === 'image' ? { plain: true } : {}),
        ...(workload.owner === undefined ? {} : { owner: workload.owner }),
      },
      state: 'Fresh',
      cacheBytes: 0,
      asked: [],
      silent: false,
    };
    instances.set(id, instance);
    if (faults.ready(instance)) queueMicrotask(() => makeReady(id));
  }
  function reconcile(key: Key): void {
    hinted = key;
    const workload = applied.get(keyText(key));
    const present = [...instances.values()]
      .filter(({ record }) => keyText(record.workload) === keyText(key))
      .map(({ record }) => ({ ...record, adopted: record.digest !== undefined, fingerprint: '' }));
    const plan = planInstances(workload === undefined ? undefined : { workload, fingerprint: '' }, present);
    for (const id of plan.destroy) instances.delete(id);
    if (workload !== undefined && faults.hindrance === undefined) for (let at = 0; at < plan.spawn; at += 1) start(workload);
    hint();
  }
  function kill(id: string): void {
    const instance = instances.get(id);
    if (instance === undefined) return;
    instance.record.phase = 'Failed';
    reconcile(instance.record.workload);
  }

  const workloads: Workloads = {
    runs: new Set(['runner', 'image']),
    honours: new Set(['env', 'cpu', 'memory']),
    apply: async (workload) => {
      applied.set(keyText(workload.key), workload);
      reconcile(workload.key);
    },
    remove: async (key) => {
      applied.delete(keyText(key));
      reconcile(key);
    },
    list: async () => {
      calls.list += 1;
      return [...instances.values()].map(({ record }) => ({ ...record }));
    },
    hindrance: async () => faults.hindrance,
    watch: (signal) => {
      const hints = outbox<Key>();
      watchers.add(hints.push);
      signal.addEventListener('abort', () => watchers.delete(hints.push));
      return hints.read(signal);
    },
    adopt: async (id, owner, digest, { refill } = { refill: true }) => {
      calls.adopt += 1;
      const instance = instances.get(id);
      if (instance === undefined || instance.record.phase === 'Failed') throw new WorkloadError('InstanceNotFound', 'gone');
      if (faults.adopt(instance)) throw new WorkloadError('Unavailable', 'The API does not answer.');
      Object.assign(instance.record, { owner, digest });
      const workload = applied.get(keyText(instance.record.workload));
      if (!refill && workload !== undefined) applied.set(keyText(workload.key), { ...workload, replicas: workload.replicas - 1 });
      reconcile(instance.record.workload);
    },
    destroy: async (id, { keepsLog } = { keepsLog: false }) => {
      if (keepsLog) kept.add(id);
      const instance = instances.get(id);
      instances.delete(id);
      if (instance !== undefined) reconcile(instance.record.workload);
    },
    logs: async function* (id) {
      if (!kept.has(id)) throw new WorkloadError('InstanceNotFound', 'gone');
      yield { at: 1, stream: 'stdout', text: `last words of ${id}` };
    },
  };
  return { workloads, control: controlOf(instances, faults, kill), instances, applied, calls, faults, hint, makeReady, kill };
}

function controlOf(instances: Map<string, FakeInstance>, faults: FakeGround['faults'], kill: (id: string) => void): InstanceControl {
  const at = (path: string): FakeInstance => {
    const instance = instances.get(path.slice(1));
    if (instance === undefined || instance.silent || instance.record.phase === 'Failed') throw new Error('connection refused');
    return instance;
  };
  const pathOf = (endpoint: Parameters<InstanceControl['health']>[0]): string => (endpoint.kind === 'unix' ? endpoint.path : '');
  return {
    load: async (endpoint, parts) => {
      const instance = at(pathOf(endpoint));
      return load(instance, parts(), faults.load(instance), () => kill(instance.record.id));
    },
    health: async (endpoint) => healthOf(at(pathOf(endpoint))),
    drain: async (endpoint, nonce) => {
      const instance = at(pathOf(endpoint));
      if (instance.ticket?.nonce !== nonce) throw new Error('refused');
      instance.state = 'Draining';
      kill(instance.record.id);
    },
  };
}

async function load(instance: FakeInstance, parts: LoadParts, fault: LoadFault, die: () => void): Promise<LoadResponse> {
  const ticket = JSON.parse(Buffer.from(parts.ticket.json).toString()) as Ticket;
  instance.asked.push(ticket.functionUid);
  const refused = { loaded: false, compileMs: 0, runMs: 0, cacheAccepted: false, detail: '' };
  if (instance.state !== 'Fresh') return { ...refused, code: 'Refused', message: 'There is one load.' };
  instance.state = 'Loading';
  instance.ticket = ticket;
  instance.settings = JSON.parse(Buffer.from(parts.settings).toString()) as Record<string, unknown>;
  instance.cacheBytes = parts.codeCache.length;
  await Promise.resolve();
  if (digestOf(parts.bundle) !== ticket.bundleDigest) {
    die();
    return { ...refused, code: 'DigestMismatch', message: 'The bundle is not what the ticket was signed for.' };
  }
  if (fault === 'hangs') await new Promise(() => {});
  if (fault === 'dies' || fault === 'refuses') die();
  if (fault === 'dies') throw new Error('socket hang up');
  if (fault === 'refuses') return { ...refused, code: 'LoadFailed', message: 'It throws.', detail: 'Error: no database' };
  instance.state = 'Serving';
  if (fault === 'loses the answer') throw new Error('socket hang up');
  return { ...refused, loaded: true, code: '', message: '' };
}

function healthOf(instance: FakeInstance): Health {
  return {
    state: instance.state,
    instance: instance.record.id,
    serving: instance.ticket?.serving ?? '',
    functionUid: instance.ticket?.functionUid ?? '',
    generation: instance.ticket?.generation ?? 0,
    bundleDigest: instance.ticket?.bundleDigest ?? '',
    inFlight: 0,
    eventLoopDelayMs: 0,
    requests: 0,
    memoryBytes: 0,
    cpuMs: 0,
    sealingKey: '',
    codeCacheKey: 'v24-x64-1',
  };
}
