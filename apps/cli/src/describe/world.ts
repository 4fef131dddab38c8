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
} from '@openfunction/resources/nouns';
import { instancesOf, servingsOf, type Pod } from '../connect/function-instances.ts';

/** A Function and all that belongs to it. */
export interface FunctionWorld {
  fn: OFunction;
  builders: Builder[];
  servings: Serving[];
  /** Of its Servings, and of builds that run. */
  pods: Pod[];
  /** Of the Function, its Builders and Servings; oldest first. */
  events: Event[];
}

export async function functionWorld(client: Client, namespace: string, name: string, signal: AbortSignal): Promise<FunctionWorld> {
  const fn = await client.need(functionKind, { namespace, name }, { signal });
  const [{ items: builders }, servings] = await Promise.all([
    client.list(builderKind, { namespace, labelSelector: `${functionLabel}=${name}`, signal }),
    servingsOf(client, name, { namespace, signal }),
  ]);
  const owners = [fn, ...builders, ...servings];
  const [pods, events] = await Promise.all([
    instancesOf(client, [...builders, ...servings], { namespace, signal }),
    Promise.all(owners.map((owner) => eventsOf(client, owner.metadata.uid ?? '', { namespace, signal }))),
  ]);
  return { fn, builders, servings, pods, events: events.flat().toSorted((a, b) => timeOf(a).localeCompare(timeOf(b))) };
}

async function eventsOf(client: Client, uid: string, { namespace, signal }: { namespace: string; signal: AbortSignal }): Promise<Event[]> {
  const { items } = await client.list(eventKind, { namespace, fieldSelector: `involvedObject.uid=${uid}`, signal });
  return items;
}

function timeOf({ lastTimestamp, metadata }: Event): string {
  return lastTimestamp ?? metadata.creationTimestamp ?? '';
}
