import type { KubeObject, ResourceKind } from '@openfunction/resources';
import { conversions, type Conversion } from '@openfunction/resources/conversions';
import type { Store, WatchEvent } from '@openfunction/store';

type Kind<T extends KubeObject> = ResourceKind<T>;

function conversionFor(kind: ResourceKind): Conversion | undefined {
  return conversions.find(({ older }) => older.group === kind.group && older.kind === kind.kind && older.version === kind.version);
}

async function* shown<T extends KubeObject>(
  events: AsyncIterable<WatchEvent<KubeObject>>,
  conversion: Conversion,
): AsyncGenerator<WatchEvent<T>> {
  for await (const event of events)
    yield event.type === 'BOOKMARK' ? event : { ...event, object: conversion.fromStored(event.object) as T };
}

/** The same store, which also takes and shows former versions of our kinds. What is stored is the present one. */
export function convertedStore(store: Store): Store {
  /** One write: in the stored version, and its answer in the version of the caller. */
  async function write<T extends KubeObject>(
    kind: Kind<T>,
    object: T,
    perform: (kind: ResourceKind, object: KubeObject) => Promise<KubeObject>,
  ): Promise<T> {
    const conversion = conversionFor(kind);
    if (conversion === undefined) return (await perform(kind, object)) as T;
    return conversion.fromStored(await perform(conversion.stored, conversion.toStored(object))) as T;
  }
  const storedKind = (kind: ResourceKind): ResourceKind => conversionFor(kind)?.stored ?? kind;

  return {
    get: async <T extends KubeObject>(kind: Kind<T>, key: Parameters<Store['get']>[1]) => {
      const found = await store.get(storedKind(kind), key);
      return (found && (conversionFor(kind)?.fromStored(found) ?? found)) as T | undefined;
    },
    list: async <T extends KubeObject>(kind: Kind<T>, options?: Parameters<Store['list']>[1]) => {
      const page = await store.list(storedKind(kind), options);
      const conversion = conversionFor(kind);
      return { ...page, items: (conversion ? page.items.map(conversion.fromStored) : page.items) as T[] };
    },
    watch: <T extends KubeObject>(kind: Kind<T>, options: Parameters<Store['watch']>[1]) => {
      const events = store.watch(storedKind(kind), options);
      const conversion = conversionFor(kind);
      return conversion ? shown<T>(events, conversion) : (events as AsyncIterable<WatchEvent<T>>);
    },
    create: (kind, object, ...rest) => write(kind, object, (stored, each) => store.create(stored, each, ...rest)),
    update: (kind, object, ...rest) => write(kind, object, (stored, each) => store.update(stored, each, ...rest)),
    updateStatus: (kind, object, ...rest) => write(kind, object, (stored, each) => store.updateStatus(stored, each, ...rest)),
    apply: (kind, object, ...rest) => write(kind, object, (stored, each) => store.apply(stored, each, ...rest)),
    delete: (kind, ...rest) => store.delete(storedKind(kind), ...rest),
  };
}
