import { isFailedState, type OFunction } from '@openfunction/resources/nouns';

/** How far a Function is with the generation that was applied. */
export type Progress =
  /** On what: a build, the version that was built, or undefined: the controller. */
  | { is: 'waiting'; on?: 'build' | 'version'; builder?: string }
  | { is: 'ready' }
  | { is: 'build-failed'; builder?: string; reason: string; why: string }
  | { is: 'not-ready'; reason: string; why: string };

/** Reads a Function's status; what it says of an older generation counts for nothing. */
export function progressOf(fn: OFunction, generation: number): Progress {
  const { build, serving, conditions = [] } = fn.status ?? {};
  const ready = conditions.find(({ type }) => type === 'Ready');
  const accepted = conditions.find(({ type }) => type === 'Accepted');
  if (ready === undefined || (ready.observedGeneration ?? 0) < generation) return { is: 'waiting' };
  if (accepted?.status === 'False') return { is: 'not-ready', reason: accepted.reason, why: accepted.message };
  if (ready.status === 'True') return { is: 'ready' };
  const builder = build?.resourceRef;
  const isBuilding = !['Succeeded', 'Skipped'].includes(build?.state ?? '');
  if (isFailedState(build?.state)) {
    return { is: 'build-failed', builder, reason: build?.reason || 'BuildFailed', why: build?.message || ready.message };
  }
  if (isFailedState(serving?.state))
    return { is: 'not-ready', reason: serving?.reason || ready.reason, why: serving?.message || ready.message };
  if (ready.status === 'False') return { is: 'not-ready', reason: ready.reason, why: ready.message };
  return isBuilding ? { is: 'waiting', on: 'build', builder } : { is: 'waiting', on: 'version' };
}
