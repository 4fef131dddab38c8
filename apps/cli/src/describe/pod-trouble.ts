import type { Pod } from '../connect/function-instances.ts';

/** Why an instance does not run. */
export interface PodTrouble {
  reason: string;
  message: string;
}

const passing = new Set(['ContainerCreating', 'PodInitializing', 'Starting', 'Completed']);

/** What keeps one instance from running; undefined while it runs, or is still on its way. */
export function podTrouble({ status = {} }: Pod): PodTrouble | undefined {
  const unscheduled = status.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  if (unscheduled !== undefined)
    return { reason: unscheduled.reason ?? 'Unschedulable', message: unscheduled.message ?? 'no node takes it' };
  for (const { state, lastState } of status.containerStatuses ?? []) {
    const killed = [state?.terminated, lastState?.terminated].find((one) => one?.reason === 'OOMKilled');
    if (killed !== undefined && state?.running === undefined) return { reason: 'OOMKilled', message: 'it used more memory than it may' };
    const { reason, message } = state?.waiting ?? {};
    if (reason !== undefined && !passing.has(reason)) return { reason, message: message ?? reason };
    const ended = state?.terminated;
    if (ended !== undefined && ended.exitCode !== 0) {
      const how = ended.exitCode === undefined ? 'it failed' : `it ended with exit code ${ended.exitCode}`;
      return { reason: ended.reason ?? 'Error', message: ended.message ?? how };
    }
  }
  if (status.phase !== 'Failed') return undefined;
  return { reason: status.reason ?? 'Failed', message: status.message ?? 'it failed' };
}
