import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { killTree } from './process-table.ts';
import { procTable } from './proc-table.ts';
import { psTable } from './ps-table.ts';

let child: ChildProcess | undefined;
afterEach(() => {
  if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
});

const tables = [
  { name: '/proc', table: procTable, there: existsSync('/proc/self/stat') },
  { name: 'ps', table: psTable(), there: existsSync('/bin/ps') },
];

describe.each(tables)('the processes of $name', ({ table, there }) => {
  it.skipIf(!there)('are told apart, counted with what they started, and ended together', async () => {
    const parent = spawn('/bin/sh', ['-c', 'sleep 60 & echo started; wait', 'sh', 'marked-argument'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child = parent;
    await once(parent.stdout, 'data');
    const pid = parent.pid!;
    const startTime = table.startTimeOf(pid)!;
    expect(startTime).toBeTruthy();
    expect(table.startTimeOf(pid)).toBe(startTime);
    expect(table.commandOf(pid)).toContain('marked-argument');
    const tree = table.treeOf(pid);
    expect(tree).toHaveLength(2);
    expect(tree.every((one) => one.memoryBytes > 0)).toBe(true);
    killTree(table, { pid, startTime: 'another' });
    expect(table.startTimeOf(pid)).toBe(startTime);
    killTree(table, { pid, startTime });
    await once(parent, 'exit');
    await expect.poll(() => tree.map((one) => table.startTimeOf(one.pid))).toEqual([undefined, undefined]);
    expect(table.treeOf(pid).filter((one) => one.memoryBytes > 0)).toEqual([]);
  });
});
