import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { SourceRules } from '@openfunction/builder';
import { buildEnvironment } from './build-environment.ts';
import { buildSources } from './build-sources.ts';
import type { ControlReady, ControlSettings } from './control-main.ts';
import type { DataFolder } from './data-folder.ts';
import { EmbeddedError } from './embedded-error.ts';
import type { EventsSettings } from './events-main.ts';
import type { GatewayReady, GatewaySettings } from './gateway-main.ts';
import { holdPort, type HeldPort } from './hold-port.ts';
import { holdSocket, type HeldSocket } from './hold-socket.ts';
import { partMemory } from './part-memory.ts';
import { part, type PartProgram } from './part.ts';
import { removeState, writeState, type PlatformState } from './platform-state.ts';
import { supervise } from './supervise.ts';
import { surviveLostLogs } from './survive-lost-logs.ts';
import { holdFolder } from './up-socket.ts';

export interface PlatformOptions {
  folder: DataFolder;
  /** Suffix of external host names. */
  domain: string;
  /** Where the gateway listens on loopback; 0: any free port. */
  port: number;
  /** The API server's port; absent: the one it had before, or any free one. */
  apiPort?: number;
  /** Processes that take callers, on one port. Default 1. */
  gateways?: number;
  /** Warm instances kept ready for each namespace. */
  poolSize: number;
  /** What builds may fetch beyond what every build may. */
  sources?: SourceRules;
  /** A part that does not answer for so long is started again. Default 15 seconds. */
  silentMs?: number;
  env: Readonly<Record<string, string | undefined>>;
  /** Ends the platform. */
  signal: AbortSignal;
  /** Both parts work. */
  onReady(state: PlatformState): void;
  log(message: string): void;
}

const defaultSilentMs = 15_000;

const clock = {
  now: () => Date.now(),
  setTimeout: (run: () => void, delayMs: number) => {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/**
 * Runs control and gateway until the signal, or `ofn down`, and restarts either. When it returns, nothing of the platform
 * runs any more, instances neither. Throws when a part cannot start for the first time.
 */
export async function runPlatform(options: PlatformOptions): Promise<void> {
  const { folder } = options;
  surviveLostLogs();
  const down = new AbortController();
  const hold = await holdFolder(folder, () => down.abort());
  const ending = AbortSignal.any([options.signal, down.signal]);
  const state: PlatformState = { pid: process.pid, domain: options.domain, parts: {} };
  const closers: (() => Promise<void>)[] = [];
  try {
    const held = holdBoth(options, closers);
    const context: PartContext = { options, state, closers, ending };
    const gateway = await startGateways(context, held);
    const messaging = holdPort('127.0.0.1', 0);
    if (messaging !== undefined) closers.push(() => Promise.resolve(messaging.close()));
    const events = messaging && once(() => startEvents(context, messaging));
    await startPart<ControlReady>({
      ...context,
      name: 'control',
      program: 'control',
      settings: (): ControlSettings => ({
        data: folder.root,
        domain: options.domain,
        gatewayPort: portOf(gateway.address),
        poolSize: options.poolSize,
        api: apiPort(options, state),
        buildEnvironment: buildEnvironment(options.env),
        sources: buildSources(options.sources ?? { addresses: [], folders: [] }, options.env),
        ...(messaging === undefined ? {} : { messagingPort: messaging.port }),
      }),
      ...(events === undefined ? {} : { onNeeds: events }),
      onReady: ({ api, isolation }) => Object.assign(state, { api, isolation }),
    });
    if (!ending.aborted) {
      options.onReady(state);
      await aborted(ending);
    }
  } catch (error) {
    if (!ending.aborted) throw error;
  } finally {
    // Gateways first, so that what they have begun still finds its instances.
    for (const close of closers) await close();
    await endLeftInstances(folder);
    removeState(folder);
    await hold.release();
  }
}

interface PartContext {
  options: PlatformOptions;
  state: PlatformState;
  closers: (() => Promise<void>)[];
  ending: AbortSignal;
}

/** What gateways take from, and what outlives them. */
interface Held {
  port: HeldPort;
  socket: HeldSocket;
}

function holdBoth({ folder, port }: PlatformOptions, closers: PartContext['closers']): Held | undefined {
  const held = { port: holdPort('127.0.0.1', port), socket: holdSocket(folder.internalSocket) };
  for (const one of Object.values(held)) if (one !== undefined) closers.push(() => Promise.resolve(one.close()));
  return held.port === undefined || held.socket === undefined ? undefined : { port: held.port, socket: held.socket };
}

/** Starts all gateways; answers what the first says. */
async function startGateways(context: PartContext, held: Held | undefined): Promise<GatewayReady> {
  const { options, state } = context;
  const of = held === undefined ? 1 : (options.gateways ?? 1);
  if (held === undefined && (options.gateways ?? 1) > 1)
    throw new EmbeddedError('PartFailed', 'This Node cannot share a port between processes. Start one gateway, or use Node 24.');
  const start = (number: number): Promise<GatewayReady> => {
    let generation = 0;
    let starts = 0;
    return startPart<GatewayReady>({
      ...context,
      name: number === 1 ? 'gateway' : `gateway-${number}`,
      program: 'gateway',
      fds: held === undefined ? [] : [held.port.fd, held.socket.fd],
      settings: (): GatewaySettings => ({
        data: options.folder.root,
        port: held?.port.port ?? (state.gateway === undefined ? options.port : portOf(state.gateway)),
        isHeld: held !== undefined,
        member: { number, of, generation, isRestart: starts++ > 0 },
      }),
      onReady: ({ address }) => (state.gateway = address),
      onRetiring: () => (generation += 1),
    });
  };
  const first = await start(1);
  for (let number = 2; number <= of; number++) await start(number);
  return first;
}

interface StartPart<Ready> extends PartContext {
  name: string;
  program: PartProgram;
  fds?: readonly number[];
  settings: () => unknown;
  onReady(ready: Ready): void;
  /** It takes nothing new, and the next one is to begin while it finishes. */
  onRetiring?(): void;
  /** It needs the part that brings messages. */
  onNeeds?(): void;
}

/** Starts what brings messages. Whatever is wrong with it, everything else goes on, and its log says why. */
function startEvents(context: PartContext, api: HeldPort): void {
  const { options, state } = context;
  // Before gateways end: what has been brought by then still finds its function.
  const closers: PartContext['closers'] = [];
  context.closers.unshift(async () => {
    for (const close of closers) await close();
  });
  startPart<Record<string, never>>({
    ...context,
    closers,
    name: 'events',
    program: 'events',
    fds: [api.fd],
    settings: (): EventsSettings => ({ data: options.folder.root, api: state.api ?? '' }),
    onReady: () => {},
  }).catch((error: unknown) => {
    if (!context.ending.aborted) options.log(error instanceof Error ? error.message : String(error));
  });
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}

/** Keeps a part running; answers when it is ready for the first time. */
async function startPart<Ready>(given: StartPart<Ready>): Promise<Ready> {
  const { options, state, name } = given;
  const { folder } = options;
  const first = Promise.withResolvers<Ready>();
  const now = { isReady: false, startedAt: 0, restarts: -1 };
  const changed = (change: Partial<PlatformState['parts'][string]>): void => {
    state.parts[name] = Object.assign(now, change);
    if (!writeState(folder, state)) options.log(`${folder.state} cannot be written; is the disk full?`);
  };
  const running = supervise({
    clock,
    log: (_message, { how, delayMs }) => options.log(`${name} ended (${String(how)}); starting it again in ${String(delayMs)} ms`),
    processes: [
      part<Ready>({
        name,
        folder,
        env: { ...partMemory[given.program].env, ...options.env },
        settings: given.settings,
        program: given.program,
        fds: given.fds ?? [],
        nodeFlags: partMemory[given.program].flags,
        silentMs: options.silentMs ?? defaultSilentMs,
        onStart: (pid) => changed({ pid, isReady: false, startedAt: Date.now(), restarts: now.restarts + 1 }),
        onMessage: (message) => {
          if ('failed' in message) return first.reject(new EmbeddedError(message.failed.code, message.failed.message));
          if ('retiring' in message) return given.onRetiring?.();
          if ('needs' in message) return given.onNeeds?.();
          given.onReady(message.ready);
          changed({ isReady: true });
          first.resolve(message.ready);
        },
        onEnd: () => {
          changed({ pid: undefined, isReady: false });
          first.reject(
            new EmbeddedError(
              'PartFailed',
              `${name} ended before it was ready. Its log says why: ${path.join(folder.logs, `${name}.log`)}`,
            ),
          );
        },
      }),
    ],
  });
  given.closers.push(() => running.close());
  given.ending.addEventListener('abort', () => first.reject(given.ending.reason), { once: true });
  return first.promise;
}

/** While it runs, the API keeps its port, and if it can from one `ofn up` to the next, so that a kubeconfig in use stays good. */
function apiPort(options: PlatformOptions, state: PlatformState): ControlSettings['api'] {
  if (state.api !== undefined) return { port: portOf(state.api) };
  if (options.apiPort !== undefined) return { port: options.apiPort };
  return { port: earlierApiPort(options.folder), orAny: true };
}

function earlierApiPort(folder: DataFolder): number {
  try {
    const config = JSON.parse(readFileSync(folder.kubeconfig, 'utf8')) as { clusters: { cluster: { server: string } }[] };
    return portOf(config.clusters[0]?.cluster.server ?? '');
  } catch {
    return 0;
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Instances that no control process was there to end. */
export async function endLeftInstances(folder: DataFolder): Promise<void> {
  const records = path.join(folder.workloads, 'instances');
  if (!existsSync(records) || readdirSync(records).length === 0) return;
  const { startWorkloads } = await import('./start-workloads.ts');
  await startWorkloads({ folder, log: () => undefined }).shutdown();
}
