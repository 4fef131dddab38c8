import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessTable } from './process-table.ts';

/** Processes as Linux shows them below /proc. */
export const procTable: ProcessTable = {
  startTimeOf: (pid) => {
    const stat = read(`/proc/${pid}/stat`);
    // The name in parentheses may hold anything, so the fields are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  },
  commandOf: (pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '),
  treeOf,
};

function treeOf(pid: number): { pid: number; memoryBytes: number }[] {
  // Pages of files, such as the program itself, are everybody's.
  const [, resident = 0, shared = 0] = read(`/proc/${pid}/statm`).split(' ').map(Number);
  return [{ pid, memoryBytes: (resident - shared) * 4096 }, ...childrenOf(pid).flatMap(treeOf)];
}

/** Every thread may have started some. */
function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number));
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Empty when the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
