import { maxWindow, type MaxWindow } from './max-window.ts';

/** What Knative's autoscaler is told of one function. */
export interface KpaSpec {
  metric: 'concurrency' | 'rps';
  aggregation: 'linear' | 'weighted-exponential';
  /** What one instance is to carry of the metric: the total times the target utilisation. */
  target: number;
  /** What one instance can carry of the metric. */
  total: number;
  stableWindowMs: number;
  panicWindowMs: number;
  /** How many times as many instances must be asked for as are ready, to panic. */
  panicThreshold: number;
  maxScaleUpRate: number;
  maxScaleDownRate: number;
  /** Fewest instances while there is anything to do. */
  activationScale: number;
  /** Requests that should find room at once; -1: however many come. */
  targetBurstCapacity: number;
  scaleDownDelayMs: number;
}

/** What a decision leaves to the next one. */
export interface KpaState {
  /** Since when it was last over the threshold; undefined: calm. */
  panicSince?: number;
  /** The most that was decided in this panic. */
  maxPanic: number;
  /** Ready instances at the start of the present period, which rates count from. */
  period: { at: number; ready: number };
  recent: MaxWindow;
}

export interface KpaInput {
  now: number;
  ready: number;
  /** Mean of the metric, over the stable and over the panic window. */
  stable: number;
  panic: number;
}

export interface KpaDecision {
  desired: number;
  /** What is free beyond the burst that is to be expected; negative: less than that. */
  excessBurst: number;
  state: KpaState;
}

/** Knative decides once in so long: a rate is a change within it. */
const periodMs = 2000;

/** Of who begins and finds more than one instance, not knowing why: nothing ends before a whole window was seen. */
export function initialKpa(now: number, ready: number): KpaState {
  const state: KpaState = { maxPanic: ready, period: { at: now, ready }, recent: maxWindow };
  return ready > 1 ? { ...state, panicSince: now } : state;
}

/** What Knative's autoscaler decides, whatever the bounds of the function are. */
export function decideKpa(spec: KpaSpec, input: KpaInput, before: KpaState): KpaDecision {
  const { now, stable, panic } = input;
  const ready = Math.max(1, input.ready);
  const period = now - before.period.at >= periodMs ? { at: now, ready } : before.period;
  const base = Math.max(1, period.ready);
  const [most, least] = [Math.ceil(spec.maxScaleUpRate * base), Math.floor(base / spec.maxScaleDownRate)];
  const wantedOf = (value: number): number => Math.ceil(value / spec.target);
  const desiredOf = (wanted: number): number => {
    const bounded = Math.min(Math.max(wanted, least), most);
    return wanted > 0 ? Math.max(bounded, spec.activationScale) : bounded;
  };
  const isOver = wantedOf(panic) / ready >= spec.panicThreshold;
  const panicked = panicOf(spec, before, { now, isOver });
  const calm = desiredOf(wantedOf(stable));
  const maxPanic = panicked.panicSince === undefined ? 0 : Math.max(panicked.maxPanic, calm, desiredOf(wantedOf(panic)));
  const wanted = panicked.panicSince === undefined ? calm : maxPanic;
  const recent = spec.scaleDownDelayMs > 0 ? before.recent.add(now, wanted, spec.scaleDownDelayMs) : before.recent;
  return {
    desired: spec.scaleDownDelayMs > 0 ? recent.most() : wanted,
    excessBurst: excessBurstOf(spec, input),
    state: { ...panicked, maxPanic, period, recent },
  };
}

/** Somebody waits, and so many instances are being made for that: it is a panic, whatever the means say. */
export function panicFor(state: KpaState, now: number, instances: number): KpaState {
  return { ...state, panicSince: now, maxPanic: Math.max(state.panicSince === undefined ? 0 : state.maxPanic, instances) };
}

function panicOf(spec: KpaSpec, before: KpaState, { now, isOver }: { now: number; isOver: boolean }): KpaState {
  const { panicSince, ...calm } = before;
  if (isOver) return { ...before, maxPanic: panicSince === undefined ? 0 : before.maxPanic, panicSince: now };
  const isPast = panicSince !== undefined && now - panicSince > spec.stableWindowMs;
  return isPast ? { ...calm, maxPanic: 0 } : before;
}

function excessBurstOf({ targetBurstCapacity, total }: KpaSpec, { ready, panic }: KpaInput): number {
  if (targetBurstCapacity <= 0) return targetBurstCapacity === 0 ? 0 : -1;
  return Math.floor(ready * total - targetBurstCapacity - panic);
}
