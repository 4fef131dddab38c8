import { procTable } from './proc-table.ts';
import { psTable } from './ps-table.ts';

/** What the operating system knows of processes. */
export interface ProcessTable {
  /** When a process started: with the pid, its identity. Undefined when it is gone or only a zombie. */
  startTimeOf(pid: number): string | undefined;
  /** Its command line; empty when it is gone. */
  commandOf(pid: number): string;
  /** A process and all below it, with the memory that each takes: without shared pages where the system tells them apart. */
  treeOf(pid: number): { pid: number; memoryBytes: number }[];
}

/** A process that can be told from a later one with the same pid. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

export function processTable(platform: NodeJS.Platform): ProcessTable {
  return platform === 'linux' ? procTable : psTable();
}

/** Kills a process that is still the one it was, with all below it. */
export function killTree(table: ProcessTable, { pid, startTime }: ProcessIdentity): void {
  if (table.startTimeOf(pid) !== startTime) return;
  // Instances lead a group of their own: it also has what was started while the tree was read.
  for (const each of [
    ...table
      .treeOf(pid)
      .map((one) => one.pid)
      .toReversed(),
    -pid,
  ]) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // It ended by itself in between, as its parent's end often makes it do.
    }
  }
}
