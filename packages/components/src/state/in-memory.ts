import { componentType, type ComponentType } from '../component-type.ts';
import { etagMismatch, mayWrite } from './conditions.ts';
import type { StateEntry, StateOperation, StateStore } from './state-store.ts';

interface Kept {
  value: Uint8Array;
  etag: string;
  expiresAt: number;
}

interface Memory {
  entries: Map<string, Kept>;
  /** Etags are never used again, not even after a delete. */
  lastEtag: number;
  sweptAt: number;
}

const sweepEveryMs = 60_000;

/** `state.in-memory`: gone with the process. */
export const inMemoryState: ComponentType<'state'> = componentType({
  block: 'state',
  fields: {},
  open: (_settings, { clock, shared }) => {
    const memory = shared<Memory>(() => ({ entries: new Map(), lastEtag: 0, sweptAt: clock.now() }));
    return inMemoryStore(memory, () => clock.now());
  },
});

function inMemoryStore(memory: Memory, now: () => number): StateStore {
  const present = (key: string): Kept | undefined => {
    const entry = memory.entries.get(key);
    if (entry === undefined || entry.expiresAt > now()) return entry;
    memory.entries.delete(key);
    return undefined;
  };
  const refusal = (operation: StateOperation): Error | undefined =>
    mayWrite(operation, present(operation.key)?.etag) ? undefined : etagMismatch(operation);
  const apply = (operation: StateOperation): void => {
    if (operation.kind === 'delete') memory.entries.delete(operation.key);
    else {
      const expiresAt = operation.ttlSeconds === undefined ? Infinity : now() + operation.ttlSeconds * 1000;
      memory.entries.set(operation.key, { value: Uint8Array.from(operation.value), etag: String(++memory.lastEtag), expiresAt });
    }
  };
  return {
    features: new Set(['ETAG', 'TRANSACTIONAL', 'TTL'] as const),
    read: async (keys) => keys.map((key) => entryOf(present(key))),
    write: async (operations) => {
      sweep(memory, now());
      return operations.map((operation) => {
        const error = refusal(operation);
        if (error === undefined) apply(operation);
        return error;
      });
    },
    transact: async (operations) => {
      const before = new Map(operations.map(({ key }) => [key, present(key)]));
      for (const operation of operations) {
        const error = refusal(operation);
        if (error !== undefined) {
          for (const [key, entry] of before)
            if (entry === undefined) memory.entries.delete(key);
            else memory.entries.set(key, entry);
          throw error;
        }
        apply(operation);
      }
    },
    ping: async () => {},
    close: async () => {},
  };
}

function entryOf(kept: Kept | undefined): StateEntry | undefined {
  return kept === undefined ? undefined : { value: Uint8Array.from(kept.value), etag: kept.etag };
}

function sweep(memory: Memory, now: number): void {
  if (now - memory.sweptAt < sweepEveryMs) return;
  memory.sweptAt = now;
  for (const [key, { expiresAt }] of memory.entries) if (expiresAt <= now) memory.entries.delete(key);
}
