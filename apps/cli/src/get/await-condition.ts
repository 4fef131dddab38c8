import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@openfunction/client';
import type { Condition, KubeObject } from '@openfunction/resources/nouns';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageError } from '../usage-error.ts';
import type { Target } from './targets.ts';

export interface Wanted {
  type: string;
  status: string;
}

export interface AwaitCondition {
  client: Pick<Client, 'need'>;
  targets: readonly Target[];
  namespace: string;
  wanted: Wanted;
  timeoutMs: number;
  signal: AbortSignal;
}

const lookAgainMs = 200;

/** What `--wait` says: a condition's type, and its status when that is not True. */
export function wantedOf(text: string): Wanted {
  const [, type, status = 'True'] = /^([A-Za-z][\w./-]*)(?:=(True|False|Unknown))?$/.exec(text) ?? [];
  if (type === undefined) throw new UsageError(`--wait takes a condition, such as Ready or Ready=False, not "${text}".`);
  return { type, status };
}

/** Returns when each object has the condition for its newest generation. */
export async function awaitCondition({ client, targets, namespace, wanted, timeoutMs, signal }: AwaitCondition): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (const { kind, names } of targets) {
    for (const name of names) {
      for (;;) {
        const object = await client.need(kind, { namespace: kind.namespaced ? namespace : '', name }, { signal });
        const condition = conditionOf(object, wanted.type);
        const isNewest = (condition?.observedGeneration ?? Infinity) >= (object.metadata.generation ?? 0);
        if (condition?.status === wanted.status && isNewest) break;
        if (Date.now() > end) throw late(`${kind.kind} "${name}"`, wanted, condition, timeoutMs);
        await pause(lookAgainMs, undefined, { signal });
      }
    }
  }
}

function conditionOf({ status }: KubeObject, type: string): Condition | undefined {
  return (status as { conditions?: Condition[] } | undefined)?.conditions?.find((one) => one.type === type);
}

function late(what: string, { type, status }: Wanted, condition: Condition | undefined, timeoutMs: number): CommandError {
  const is = condition === undefined ? 'it has no such condition' : `it is ${condition.status}: ${condition.message || condition.reason}`;
  return new CommandError(condition?.reason ?? 'NotReady', `${what} was not ${type}=${status} within ${timeoutMs / 1000} s; ${is}`, {
    exitCode: exitCodes.notReady,
    hint: '"ofn describe NAME" says what is wrong with a function, and what to do.',
  });
}
