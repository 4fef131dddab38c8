import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { partMemory } from '@openfunction/embedded';
import { freePort } from '../processes.ts';
import type { Order } from './control.ts';

/** Control and gateway, each a process of its own and as built, and the pool that control keeps. */
export interface Platform {
  /** Answers with the count that was asked for, if any. */
  order(order: DistributiveOmit<Order, 'id'>): Promise<number>;
  port: number;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

interface PlatformOptions {
  folder: string;
  poolSize: number;
  /** The processes are added; whoever gave it ends them. */
  children: ChildProcess[];
}

export async function startPlatform({ folder, poolSize, children }: PlatformOptions): Promise<Platform> {
  const data = path.join(folder, 'd');
  const begin = (part: 'control' | 'gateway', ...args: string[]): ChildProcess => {
    const { flags, env } = partMemory[part];
    const child = fork(path.join(import.meta.dirname, `${part}.ts`), [data, ...args], {
      execArgv: [...flags],
      env: { ...process.env, ...env },
      stdio: 'inherit',
    });
    children.push(child);
    return child;
  };
  const port = await freePort();
  const control = begin('control', String(poolSize), String(port));
  await once(control, 'message');
  await once(begin('gateway', String(port)), 'message');
  let orders = 0;
  return {
    port,
    order: async (order) => {
      const id = (orders += 1);
      control.send({ ...order, id });
      for (;;) {
        const [answer] = (await once(control, 'message')) as [{ id: number; count?: number; error?: string }];
        if (answer.id !== id) continue;
        if (answer.error !== undefined) throw new Error(answer.error);
        return answer.count ?? 0;
      }
    },
  };
}
