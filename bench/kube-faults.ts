import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeWorkloads } from '@openfunction/kube';
import { platformNamespace, podInCharge, podPids } from '@openfunction/e2e/targets/kubernetes/pods';
import { outputOf } from '@openfunction/e2e/targets/run-command';
import { functionKind, servingKind } from '@openfunction/resources';
import { ask, longestGapMs, steadyTraffic, type Sent } from './kube/steady-traffic.ts';
import { atMost, deploy, isReady, namespace, onCluster, until, watchInstances, type World } from './kube/world.ts';
import type { Result } from './result.ts';

const warm = 'warm';
const perSecond = 50;
const leaseMs = 15_000;
const apiPauseMs = 60_000;
const stopMs = 20_000;

interface Fault {
  name: string;
  /** Finds what is to be hit, so that the rest takes no time; what it answers begins the fault, and ends with it. */
  aim(): Promise<() => Promise<void>>;
  /** When who waits for a cold start has to be answered, counted from when it was asked. */
  answeredMs: number;
  /** Connections of the killed one break; all others go on. */
  breaksConnections?: boolean;
}

interface Outcome {
  fault: Fault;
  failed: number;
  gapMs: number;
  cold: Sent;
  convergedMs: number;
  doubled: number;
}

/** Each part of the platform lost or stopped in turn, under warm traffic and with a cold request at that moment. OFN_BENCH_FAULT: only those with this in their name. */
export function run(): Promise<Result[]> {
  return onCluster('kube-faults', async (world) => {
    await deploy(world, warm, { scaleOptions: { minReplicas: 1 } });
    await until('it answers', async () => (await ask(world.gateway, world.hostOf(warm))).status === 200);
    const workloads = watchInstances(world);
    const outcomes: Outcome[] = [];
    try {
      for (const [index, fault] of faults().entries()) outcomes.push(await suffer(world, workloads, fault, `cold-${index}`));
    } finally {
      workloads.close();
    }
    return outcomes.flatMap(resultsOf);
  });
}

function faults(): Fault[] {
  const answeredMs = leaseMs + 2_000;
  const inCharge = async (part: string): Promise<number[]> => podPids(platformNamespace, await podInCharge(part));
  const killed = (part: string): Fault => ({
    name: `kill ${part}`,
    aim: async () => killing(await inCharge(part)),
    answeredMs,
    breaksConnections: part === 'gateway',
  });
  const stopped = (part: string): Fault => ({
    name: `stop ${part} past its Lease`,
    aim: async () => stopping(await inCharge(part), stopMs),
    answeredMs,
  });
  const all: Fault[] = [
    killed('controller'),
    killed('builder'),
    killed('pod-pool'),
    killed('gateway'),
    { name: 'kill a pod of the pool', aim: async () => killing(await podPids(namespace, await oldestOfPool())), answeredMs },
    stopped('pod-pool'),
    stopped('controller'),
    {
      name: `pause the API server ${apiPauseMs / 1000} s`,
      aim: async () => stopping(pidsOf('kube-apiserver'), apiPauseMs),
      answeredMs,
    },
  ];
  return all.filter(({ name }) => name.includes(process.env['OFN_BENCH_FAULT'] ?? ''));
}

/** The one that is taken next. */
async function oldestOfPool(): Promise<string> {
  const byAge = ['get', 'pods', '-n', namespace, '-l', 'openfunction.io/pool', '--sort-by=.metadata.creationTimestamp', '-o', 'name'];
  const [name] = (await outputOf('kubectl', byAge)).split('\n');
  if (!name) throw new Error('There is no warm instance to kill.');
  return name.slice('pod/'.length);
}

function killing(pids: number[]): () => Promise<void> {
  return async () => {
    for (const pid of pids) process.kill(pid, 'SIGKILL');
  };
}

/** By a process of its own, so that they go on whatever becomes of this one. */
function stopping(pids: number[], ms: number): () => Promise<void> {
  return async () => {
    const all = pids.join(' ');
    const helper = spawn('sh', ['-c', `kill -STOP ${all}; sleep ${ms / 1000}; kill -CONT ${all}`], { detached: true, stdio: 'ignore' });
    await once(helper, 'exit');
  };
}

function pidsOf(program: string): number[] {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const own = pids.filter((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return command[0]?.endsWith(`/${program}`) && command.some((each) => each.includes(process.env['OFN_CLUSTER_STATE'] ?? '\n'));
    } catch {
      return false;
    }
  });
  if (own.length === 0) throw new Error(`${program} does not run.`);
  return own;
}

async function suffer(world: World, workloads: KubeWorkloads, fault: Fault, name: string): Promise<Outcome> {
  await deploy(world, name);
  await until('the pool is filled', async () => (await freshOf(workloads)) >= 2).catch(async (error: unknown) => {
    console.error(JSON.stringify(await workloads.list()));
    throw error;
  });
  const inflict = await fault.aim();
  const load = steadyTraffic(world.gateway, world.hostOf(warm), perSecond);
  await pause(2_000);
  const inflicting = inflict();
  await pause(50);
  const cold = await askConnected(world.gateway, world.hostOf(name));
  await inflicting;
  const over = performance.now();
  await until('it has converged', () => isConverged(world, name), 60_000);
  const convergedMs = performance.now() - over;
  await pause(2_000);
  const sent = await load.stop();
  const outcome = {
    fault,
    failed: sent.filter(({ status }) => status !== 200).length,
    gapMs: longestGapMs(sent),
    cold,
    convergedMs,
    doubled: await doubled(world, workloads),
  };
  console.error(
    fault.name,
    `cold ${cold.status} after ${Math.round(cold.ms)} ms ${cold.why}`,
    `warm: ${outcome.failed} failed of ${sent.length}, gap ${outcome.gapMs} ms`,
  );
  for (const { status, why, ms } of sent) if (status !== 200) console.error('failed', status, why, Math.round(ms));
  await world.store.delete(functionKind, { namespace, name });
  return outcome;
}

/** A connection that is refused carried nothing: it is tried again, as callers do, and the time goes on. */
async function askConnected(to: World['gateway'], host: string): Promise<Sent> {
  const began = performance.now();
  for (;;) {
    const answer = await ask(to, host);
    const ms = performance.now() - began;
    if (!answer.why.includes('ECONNREFUSED') || ms > leaseMs + 2_000) return { ...answer, at: began, ms };
    await pause(50);
  }
}

async function freshOf(workloads: KubeWorkloads): Promise<number> {
  return (await workloads.list()).filter(({ owner, phase }) => owner === undefined && phase === 'Ready').length;
}

async function isConverged(world: World, name: string): Promise<boolean> {
  try {
    if (!(await isReady(world, name)) || !(await isReady(world, warm))) return false;
    return (await ask(world.gateway, world.hostOf(name), { timeoutMs: 5_000 })).status === 200;
  } catch {
    // The API server may just be coming back.
    return false;
  }
}

/** Functions with more than one Serving, and Servings with more instances than they need. */
async function doubled({ store }: World, workloads: KubeWorkloads): Promise<number> {
  const servings = (await store.list(servingKind, { namespace })).items;
  const perFunction = Object.groupBy(servings, ({ metadata }) => metadata.labels?.['openfunction.io/function'] ?? '');
  const instances = (await workloads.list()).filter(({ owner }) => owner?.kind === 'Serving');
  const perServing = Object.groupBy(instances, ({ owner }) => owner?.uid ?? '');
  const several = [...Object.entries(perFunction), ...Object.entries(perServing)].filter(([, each]) => (each?.length ?? 0) > 1);
  for (const [of, each] of several) console.error('doubled', of, JSON.stringify(each));
  return several.length;
}

function resultsOf({ fault, failed, gapMs, cold, convergedMs, doubled }: Outcome): Result[] {
  // One connection in 64 of the killed gateway has a request under way at a time.
  const mayFail = fault.breaksConnections === true ? perSecond : 0;
  return [
    atMost(`${fault.name}: warm requests that failed`, failed, mayFail, { unit: 'requests' }),
    atMost(`${fault.name}: longest time without a warm answer`, gapMs, fault.breaksConnections === true ? 3_000 : 1_000),
    atMost(`${fault.name}: cold request answered (${cold.status})`, cold.status === 0 ? 90_000 : Math.round(cold.ms), fault.answeredMs),
    atMost(`${fault.name}: converged after it`, Math.round(convergedMs / 100) / 10, 30, { unit: 's' }),
    atMost(`${fault.name}: duplicates`, doubled, 0, { unit: 'objects' }),
  ];
}
