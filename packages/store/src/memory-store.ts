import { keyOf, type Key, type KubeObject } from '@openfunction/resources';
import { objectStore, type ObjectStoreOptions } from './object-store.ts';
import type { Change, ObjectTable } from './object-table.ts';
import type { Store } from './store.ts';

// U+0000 sorts before every character of a name, so text order is the order of (namespace, name).
function rowKey(key: Key): string {
  return `${key.namespace}\u0000${key.name}`;
}

function memoryTable(historyLimit: number): ObjectTable {
  // Not 0: as a resourceVersion that means "whatever you have", and an empty store must be resumable too.
  let revision = 1;
  const rows = new Map<string, Map<string, string>>();
  const history = new Map<string, { revision: number; text: string }[]>();
  const forgotten = new Map<string, number>();
  const deleted = new Set<string>();
  const rowsOf = (kind: string): Map<string, string> => rows.get(kind) ?? rows.set(kind, new Map()).get(kind)!;
  const parse = (text: string): KubeObject => JSON.parse(text) as KubeObject;

  return {
    revision: () => revision,
    read: (kind, key) => {
      const text = rowsOf(kind).get(rowKey(key));
      return text === undefined ? undefined : parse(text);
    },
    scan: (kind, { namespace, after }) => {
      const start = after === undefined ? undefined : rowKey(after);
      const sorted = [...rowsOf(kind)].sort(([left], [right]) => (left < right ? -1 : 1));
      return sorted
        .filter(([key]) => (start === undefined || key > start) && (namespace === undefined || key.startsWith(`${namespace}\u0000`)))
        .map(([, text]) => parse(text));
    },
    ownedBy: (uid) =>
      [...rows].flatMap(([kind, objects]) =>
        [...objects.values()]
          .map(parse)
          .filter((object) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid))
          .map((object) => ({ kind, object })),
      ),
    wasDeleted: (uid) => deleted.has(uid),
    changesAfter: (kind, after, limit) =>
      (history.get(kind) ?? [])
        .filter((change) => change.revision > after)
        .slice(0, limit)
        .map((change) => JSON.parse(change.text) as Change),
    forgottenUpTo: (kind) => forgotten.get(kind) ?? 0,
    // Every refusal is thrown before the first write, so there is nothing to undo.
    transaction: (run) => run(),
    write: (change) => {
      revision += 1;
      const object = { ...change.object, metadata: { ...change.object.metadata, resourceVersion: String(revision) } };
      const text = JSON.stringify({ ...change, object, revision });
      if (change.type === 'DELETED') {
        rowsOf(change.kind).delete(rowKey(keyOf(object)));
        deleted.add(object.metadata.uid ?? '');
      } else rowsOf(change.kind).set(rowKey(keyOf(object)), JSON.stringify(object));
      const changes = history.get(change.kind) ?? [];
      changes.push({ revision, text });
      const dropped = changes.length > historyLimit ? changes.shift() : undefined;
      if (dropped !== undefined) forgotten.set(change.kind, dropped.revision);
      history.set(change.kind, changes);
      return JSON.parse(text) as Change;
    },
  };
}

/** A Store for unit tests: all the promises, nothing kept. `historyLimit` bounds per kind what a watch can resume from. */
export function memoryStore(options: ObjectStoreOptions & { historyLimit?: number } = {}): Store {
  return objectStore(memoryTable(options.historyLimit ?? 1000), options);
}
