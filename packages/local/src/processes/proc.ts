import { readFileSync } from 'node:fs';

/** When a process started, in the kernel's ticks: with the pid, its identity. Undefined when it is gone or only a zombie. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything, so the fields are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A process and all below it. */
export function processTree(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(processTree)];
}

/** Resident memory of a process and all below it, in bytes. */
export function residentBytes(pid: number): number {
  return processTree(pid).reduce((sum, each) => {
    try {
      return sum + Number(readFileSync(`/proc/${each}/statm`, 'utf8').split(' ')[1]) * 4096;
    } catch {
      return sum;
    }
  }, 0);
}

/** Kills a process that is still the one it was, with all below it. */
export function killTree(process_: { pid: number; startTime: string }): void {
  if (startTimeOf(process_.pid) !== process_.startTime) return;
  // Instances lead a group of their own: it also has what was started while the tree was read.
  for (const pid of [...processTree(process_.pid).toReversed(), -process_.pid]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself in between, as its parent's end often makes it do.
    }
  }
}
