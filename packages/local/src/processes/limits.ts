import type { InstanceRecord } from './instance-record.ts';
import type { ProcessTable } from './process-table.ts';

/** More processes than any function needs, and few enough that a fork bomb hurts nobody until it is seen. */
export const maxProcesses = 256;

/** Why an instance must end now, by what it, all that it started, and what was started beside it use. */
export function limitBroken(
  { process, memoryBytes }: InstanceRecord,
  table: ProcessTable,
  beside: readonly number[],
): 'OOMKilled' | 'Killed' | undefined {
  if (process === undefined) return undefined;
  const tree = [process.pid, ...beside].flatMap((pid) => table.treeOf(pid));
  if (tree.length > maxProcesses) return 'Killed';
  if (memoryBytes === undefined) return undefined;
  return tree.reduce((sum, one) => sum + one.memoryBytes, 0) > memoryBytes ? 'OOMKilled' : undefined;
}
