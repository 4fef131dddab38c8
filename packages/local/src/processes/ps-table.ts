import { spawnSync } from 'node:child_process';
import type { ProcessTable } from './process-table.ts';

/** Processes as `ps` lists them, for systems without /proc such as macOS. */
export function psTable(command = '/bin/ps'): ProcessTable {
  const ask = (args: string[]): string => spawnSync(command, args, { encoding: 'utf8', timeout: 5000, env: { LC_ALL: 'C' } }).stdout ?? '';
  const all = (): { pid: number; parent: number; memoryBytes: number }[] =>
    ask(['-axo', 'pid=,ppid=,rss='])
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const [pid = 0, parent = 0, kib = 0] = line.trim().split(/\s+/).map(Number);
        return { pid, parent, memoryBytes: kib * 1024 };
      });
  return {
    startTimeOf: (pid) => {
      const line = ask(['-o', 'state=,lstart=', '-p', String(pid)]).trim();
      return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
    },
    commandOf: (pid) => ask(['-ww', '-o', 'command=', '-p', String(pid)]).trim(),
    treeOf: (root) => {
      const list = all();
      const below = (pid: number): { pid: number; memoryBytes: number }[] =>
        list
          .filter((one) => one.pid === pid)
          .concat(list.filter((one) => one.parent === pid).flatMap((one) => below(one.pid) as typeof list));
      return below(root).map(({ pid, memoryBytes }) => ({ pid, memoryBytes }));
    },
  };
}
