import type { Client } from '@openfunction/client';
import {
  builderKind,
  eventKind,
  functionKind,
  functionLabel,
  type Builder,
  type Event,
  type OFunction,
  type Serving,
} from '@openfunction/resources';
import { functionInstances, type Pod } from '../connect/function-instances.ts';

/** A Function and all that belongs to it. */
export interface FunctionWorld {
  fn: OFunction;
  builders: Builder[];
  servings: Serving[];
  pods: Pod[];
  /** Oldest first. */
  events: Event[];
}

export async function functionWorld(client: Client, namespace: string, name: string, signal: AbortSignal): Promise<FunctionWorld> {
  const labelSelector = `${functionLabel}=${name}`;
  const fn = await client.need(functionKind, { namespace, name }, { signal });
  const [{ items: builders }, { servings, pods }, { items: events }] = await Promise.all([
    client.list(builderKind, { namespace, labelSelector, signal }),
    functionInstances(client, namespace, name, signal),
    client.list(eventKind, { namespace, fieldSelector: `involvedObject.name=${name},involvedObject.kind=Function`, signal }),
  ]);
  const oldestFirst = [...events].sort((a, b) => (a.lastTimestamp ?? '').localeCompare(b.lastTimestamp ?? ''));
  return { fn, builders, servings, pods, events: oldestFirst };
}
