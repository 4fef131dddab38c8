import { durationMs } from '../duration.ts';

/** What the annotations of a function say of its scaling; what they do not say is absent. */
export interface AutoscalingSettings {
  class?: 'kpa.autoscaling.knative.dev';
  metric?: 'concurrency' | 'rps';
  /** Of the metric, for one instance. */
  target?: number;
  targetUtilizationPercentage?: number;
  /** -1: unlimited. */
  targetBurstCapacity?: number;
  windowMs?: number;
  panicWindowPercentage?: number;
  panicThresholdPercentage?: number;
  aggregation?: 'linear' | 'weighted-exponential';
  minScale?: number;
  /** 0: no limit. */
  maxScale?: number;
  initialScale?: number;
  activationScale?: number;
  scaleDownDelayMs?: number;
  podRetentionMs?: number;
  /** 0: as much as is sent. */
  containerConcurrency?: number;
  queueLength?: number;
  requestTimeoutMs?: number;
  keepAlive?: 'fixed' | 'histogram';
}

/** A value that can be used, or what a valid one looks like. */
export type Reading<T> = { value: T } | { expected: string };

export interface Annotation<T> {
  /** The first is the one to write; the others mean the same. */
  names: readonly [string, ...string[]];
  read(text: string): Reading<T>;
}

const knative = 'autoscaling.knative.dev/';
const own = 'openfunction.io/';
export const mostConcurrency = 1000;
export const mostQueued = 10_000;
export const longestRequestMs = 86_400_000;
const most = 2_147_483_647;
const longestWindowMs = 3_600_000;

function named(name: string): readonly [string, string] {
  return [`${knative}${name}`, `${knative}${name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())}`];
}

function whole(name: string, from: number, to = most): Annotation<number> {
  const expected = `must be a whole number from ${from} to ${to}`;
  return {
    names: named(name),
    read: (text) => (/^[0-9]{1,10}$/.test(text) && Number(text) >= from && Number(text) <= to ? { value: Number(text) } : { expected }),
  };
}

function decimal(name: string, expected: string, isGood: (value: number) => boolean): Annotation<number> {
  return {
    names: named(name),
    read: (text) => (/^-?[0-9]{1,10}(?:[.][0-9]{1,10})?$/.test(text) && isGood(Number(text)) ? { value: Number(text) } : { expected }),
  };
}

function within(name: string, from: number, to: number): Annotation<number> {
  return decimal(name, `must be a number from ${from} to ${to}`, (value) => value >= from && value <= to);
}

function time(name: string, span: { fromMs: number; toMs: number; bySeconds: boolean }): Annotation<number> {
  const { fromMs, toMs, bySeconds } = span;
  const steps = bySeconds ? ', in whole seconds' : '';
  const expected = `must be a duration from ${fromMs / 1000}s to ${toMs / 1000}s${steps}, for example 90s`;
  return {
    names: named(name),
    read: (text) => {
      const value = durationMs(text);
      const isGood = value !== undefined && value >= fromMs && value <= toMs && (!bySeconds || value % 1000 === 0);
      return isGood ? { value } : { expected };
    },
  };
}

function choice<T extends string>(names: Annotation<T>['names'], values: Readonly<Record<string, T>>): Annotation<T> {
  const expected = `must be ${Object.keys(values).join(' or ')}`;
  return {
    names,
    read: (text) => {
      const value = Object.hasOwn(values, text) ? values[text] : undefined;
      return value === undefined ? { expected } : { value };
    },
  };
}

function ours<T>(name: string, { read }: Annotation<T>): Annotation<T> {
  return { names: [`${own}${name}`], read };
}

const positiveTime = { fromMs: 1, toMs: longestRequestMs, bySeconds: false };

/** Every annotation about scaling that has an effect, with what it may say: as Knative has them, and ours. */
export const autoscalingAnnotations: {
  readonly [Name in keyof AutoscalingSettings]-?: Annotation<NonNullable<AutoscalingSettings[Name]>>;
} = {
  class: choice([`${knative}class`], { 'kpa.autoscaling.knative.dev': 'kpa.autoscaling.knative.dev' }),
  metric: choice([`${knative}metric`], { concurrency: 'concurrency', rps: 'rps' }),
  target: decimal('target', 'must be a number of at least 0.01', (value) => value >= 0.01),
  targetUtilizationPercentage: within('target-utilization-percentage', 1, 100),
  targetBurstCapacity: decimal(
    'target-burst-capacity',
    'must be a number of at least 0, or -1 for no limit',
    (value) => value >= 0 || value === -1,
  ),
  windowMs: time('window', { fromMs: 6000, toMs: longestWindowMs, bySeconds: true }),
  panicWindowPercentage: within('panic-window-percentage', 1, 100),
  panicThresholdPercentage: within('panic-threshold-percentage', 110, 1000),
  aggregation: choice(named('metric-aggregation-algorithm'), {
    linear: 'linear',
    'weighted-exponential': 'weighted-exponential',
    weightedExponential: 'weighted-exponential',
  }),
  minScale: whole('min-scale', 0),
  maxScale: whole('max-scale', 0),
  initialScale: whole('initial-scale', 0),
  activationScale: whole('activation-scale', 1),
  scaleDownDelayMs: time('scale-down-delay', { fromMs: 0, toMs: longestWindowMs, bySeconds: true }),
  podRetentionMs: time('scale-to-zero-pod-retention-period', { fromMs: 0, toMs: longestWindowMs, bySeconds: false }),
  containerConcurrency: whole('container-concurrency', 0, mostConcurrency),
  queueLength: ours('queue-length', whole('queue-length', 1, mostQueued)),
  requestTimeoutMs: ours('request-timeout', time('request-timeout', positiveTime)),
  keepAlive: choice([`${own}keep-alive`], { fixed: 'fixed', histogram: 'histogram' }),
};
