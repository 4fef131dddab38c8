import { eventKind, type Event, type KubeObject } from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';
import type { Happening } from '../function/events.ts';

const component = 'openfunction-controller';
const longestMessage = 1024;

/**
 * Writes what happened to an object as an Event, so that `kubectl describe` shows it. There is one Event for each reason:
 * when it happens again it counts, with the newest message. It goes with the object, so events never pile up.
 */
export async function recordEvent(store: Store, about: KubeObject, { type, reason, message }: Happening, nowMs: number): Promise<void> {
  const { name, namespace = '', uid = '' } = about.metadata;
  const key = { namespace, name: `${name}.${uid.slice(0, 8)}.${reason.toLowerCase()}` };
  const now = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  const said = { type, message: message.slice(0, longestMessage), lastTimestamp: now };
  const owner = { apiVersion: about.apiVersion, kind: about.kind, name, uid };
  const event: Event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { ...key, ownerReferences: [owner] },
    involvedObject: { ...owner, namespace },
    reason,
    ...said,
    count: 1,
    firstTimestamp: now,
    source: { component },
  };
  try {
    // Most are new, and then nothing needs to be read.
    await store.create(eventKind, event);
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'AlreadyExists')) throw error;
    const present = await store.get(eventKind, key);
    if (present !== undefined) await store.update(eventKind, { ...present, ...said, count: (present.count ?? 1) + 1 });
  }
}
