import { MessagingError, type Source as BusSource } from '@openfunction/messaging';
import type { SourceMetric } from '@openfunction/protocol';
import { pause, type Clock } from '@openfunction/reconcile';
import type { Serving } from '@openfunction/resources';
import type { ConnectedApp } from '../connected-apps.ts';
import { isResting } from './is-resting.ts';
import type { Scalers, TriggerScaler } from './measure-sources.ts';
import { within } from './within.ts';

/** Measures the sources of one app, as often as it says, and holds them back while there is not enough to do. */
export interface SourceMeter {
  readonly of: ConnectedApp;
  /** So many instances serve. */
  runs(ready: number): void;
  /** Sources that were opened meanwhile are held back too, while the others are. */
  settle(): void;
  close(): Promise<void>;
}

export interface MeterOptions {
  scalers: Scalers;
  /** The variables of its container, which triggers name. */
  environmentOf(serving: Serving): Promise<Readonly<Record<string, string>>>;
  clock: Clock;
  signal: AbortSignal;
  onMeasured(metrics: readonly SourceMetric[]): void;
  onError(error: unknown): void;
}

type Reading = Pick<SourceMetric, 'value' | 'isActive'>;

interface Source {
  metric: SourceMetric;
  measure(signal: AbortSignal): Promise<Reading>;
}

/** KEDA's own. */
const defaultPollingMs = 30_000;
/** A HorizontalPodAutoscaler asks so often while anything runs, whatever the polling interval. */
const runningPollingMs = 15_000;
/** A backlog is asked for more often than that, since nobody has said how often. */
const backlogMs = 5_000;
const leastPollingMs = 1_000;
const longestReadMs = 10_000;
/** What the manifest says stays as it is; what it names of Secrets may come. */
const refusedMs = 60_000;
/** One failure may be a moment's; the second is told. */
const toldFailures = 2;

export function sourceMeter(of: ConnectedApp, options: MeterOptions): SourceMeter {
  const { scalers, clock, onError } = options;
  const { scaledObject, triggers = [] } = of.serving.spec.scaleOptions?.keda ?? {};
  const pollingMs = Math.max(
    leastPollingMs,
    triggers.length === 0 ? backlogMs : (scaledObject?.pollingInterval ?? defaultPollingMs / 1000) * 1000,
  );
  const opened = new Map<number, TriggerScaler>();
  /** When each of those that cannot be had was last tried. */
  const refused = new Map<number, number>();
  const known = new Map<string, SourceMetric>();
  const told = new Set<string>();
  const stopped = new AbortController();
  const until = AbortSignal.any([options.signal, stopped.signal]);
  let ready: number | undefined;
  let rested = false;
  let isUnseen = false;

  function tell(name: string, trouble: MessagingError | undefined): void {
    if (trouble === undefined && !told.delete(name)) return;
    if (trouble !== undefined) told.add(name);
    // Whoever measures for the next Serving may say something of a source of the same name.
    of.tell(`measuring ${name} for ${of.serving.metadata.name}`, trouble);
  }

  /** A source that cannot tell what waits is never held back: nobody would see what it keeps. */
  function countable(): BusSource[] {
    return of.opened.sources().filter(({ backlog }) => backlog !== undefined);
  }

  function settle(): void {
    const rests = isResting({ triggers: triggers.length, ready, metrics: [...known.values()], isUnseen });
    // Also those that were opened since: they begin without knowing.
    if (rests) for (const source of countable()) source.pause();
    else if (rested) for (const source of countable()) source.resume();
    rested = rests;
  }

  /** Undefined: it cannot be had, which is told. */
  async function scalerOf(index: number): Promise<TriggerScaler | undefined> {
    const present = opened.get(index);
    const trigger = triggers[index];
    if (present !== undefined || trigger === undefined || clock.now() - (refused.get(index) ?? -Infinity) < refusedMs) return present;
    const { metadata = {}, ...rest } = trigger;
    const environment = await options.environmentOf(of.serving);
    const texts = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)]));
    try {
      const scaler = await scalers.open({ ...rest, metadata: texts }, environment);
      opened.set(index, scaler);
      tell(String(index), undefined);
      return scaler;
    } catch (error) {
      refused.set(index, clock.now());
      tell(String(index), new MessagingError('ScalerInvalid', textOf(error), { cause: error }));
      return undefined;
    }
  }

  async function triggered(index: number): Promise<void> {
    const scaler = await scalerOf(index);
    if (scaler === undefined) return;
    const { name, target, metricType } = scaler;
    await read({
      metric: unread(`${index}-${name}`, { target, isTotal: metricType === 'Value' }),
      measure: (signal) => scaler.read(signal),
    });
  }

  function backlogs(): Source[] {
    return of.opened.sources().flatMap(({ name, backlog }) => {
      if (backlog === undefined) return [];
      const measure = async (signal: AbortSignal): Promise<Reading> => {
        const value = await backlog(signal);
        return { value, isActive: value > 0 };
      };
      return [{ metric: unread(name, { target: inFlightTarget(of), isTotal: false }), measure }];
    });
  }

  async function read({ metric, measure }: Source): Promise<void> {
    const { name } = metric;
    const before = known.get(name);
    try {
      const reading = await within({ ms: longestReadMs, clock, signal: until }, measure);
      known.set(name, { ...metric, ...reading, failures: 0 });
      tell(name, undefined);
    } catch (error) {
      if (until.aborted) return;
      const failures = (before?.failures ?? 0) + 1;
      known.set(name, { ...metric, ...before, failures });
      if (triggers.length > 0 && failures >= toldFailures) tell(name, unavailable(name, error));
      else if (failures === 1) onError(error);
    }
    settle();
    options.onMeasured([...known.values()]);
  }

  async function measure(): Promise<void> {
    if (triggers.length > 0) return void (await Promise.all(triggers.map((_, index) => triggered(index).catch(onError))));
    const sources = backlogs();
    const names = new Set(sources.map(({ metric }) => metric.name));
    for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    await Promise.all(sources.map(read));
  }

  async function hasUnseen(): Promise<boolean> {
    if (triggers.length === 0 || ready !== 0 || [...known.values()].some(({ value }) => value > 0)) return false;
    const counts = countable().map(({ backlog }) =>
      within({ ms: longestReadMs, clock, signal: until }, async (signal) => (await backlog?.(signal)) ?? 0),
    );
    return (await Promise.allSettled(counts)).some((count) => count.status === 'rejected' || count.value > 0);
  }

  function intervalMs(): number {
    const isBusy = (ready ?? 0) > 0 || [...known.values()].some(({ isActive }) => isActive);
    return isBusy ? Math.min(pollingMs, runningPollingMs) : pollingMs;
  }

  async function run(): Promise<void> {
    while (!until.aborted) {
      const begunAt = clock.now();
      await measure().catch(onError);
      isUnseen = await hasUnseen();
      settle();
      await pause(clock, Math.max(leastPollingMs, begunAt + intervalMs() - clock.now()), until);
    }
  }

  const running = run();
  return {
    of,
    runs: (count) => {
      ready = count;
      settle();
    },
    settle,
    close: async () => {
      stopped.abort();
      await running;
      for (const name of told) tell(name, undefined);
      // It may be that only what is measured has changed, and the sources stay open.
      if (rested) for (const source of countable()) source.resume();
      await Promise.allSettled([...opened.values()].map((scaler) => scaler.close()));
    },
  };
}

function unread(name: string, { target, isTotal }: Pick<SourceMetric, 'target' | 'isTotal'>): SourceMetric {
  return { name, target, isTotal, value: 0, isActive: false, failures: 0 };
}

function unavailable(name: string, cause: unknown): MessagingError {
  const message = `What waits at "${name}" cannot be measured, so nothing is scaled by it: ${textOf(cause)} It is tried again.`;
  return new MessagingError('ScalerUnavailable', message, { cause });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** As many messages wait for one instance as it takes at one time. */
function inFlightTarget({ serving }: ConnectedApp): number {
  return serving.spec.containerConcurrency || 100;
}
