import { keyOf, type KubeObject, type ResourceKind } from '@openfunction/resources';
import { conversions, validateOlder, type Conversion } from '@openfunction/resources/conversions';
import { refuse, type Store, type WatchEvent } from '@openfunction/store';

type Kind<T extends KubeObject> = ResourceKind<T>;

function conversionFor(kind: ResourceKind): Conversion | undefined {
  return conversions.find(({ older }) => older.group === kind.group && older.kind === kind.kind && older.version === kind.version);
}

async function* shown<T extends KubeObject>(
  events: AsyncIterable<WatchEvent<KubeObject>>,
  conversion: Conversion,
): AsyncGenerator<WatchEvent<T>> {
  for await (const event of events)
    yield event.type === 'BOOKMARK'
      ? event
      : {
          type: event.type,
          object: conversion.fromStored(event.object) as T,
          ...(event.previous === undefined ? {} : { previous: conversion.fromStored(event.previous) as T }),
        };
}

/** What a write of part of an object would make of it, near enough to be judged by the schema of its version. */
function completed(object: KubeObject, shown: KubeObject | undefined): KubeObject {
  return { ...shown, ...object, spec: { ...(shown?.spec as object | undefined), ...(object.spec as object | undefined) } };
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
  /** The stored version has no word for some of what a former one may not say. */
  async function check(
    kind: ResourceKind,
    object: KubeObject,
    complete = (given: KubeObject, _shown?: KubeObject) => given,
  ): Promise<void> {
    const conversion = conversionFor(kind);
    if (conversion === undefined) return;
    const old = await store.get(conversion.stored, keyOf(object));
    const shown = old && conversion.fromStored(old);
    if (old?.metadata.deletionTimestamp === undefined) refuse(kind, object, validateOlder(complete(object, shown), shown));
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
    create: async (kind, object, ...rest) => {
      await check(kind, object);
      return write(kind, object, (stored, each) => store.create(stored, each, ...rest));
    },
    update: async (kind, object, ...rest) => {
      await check(kind, object);
      return write(kind, object, (stored, each) => store.update(stored, each, ...rest));
    },
    updateStatus: (kind, object, ...rest) => write(kind, object, (stored, each) => store.updateStatus(stored, each, ...rest)),
    apply: async (kind, object, ...rest) => {
      await check(kind, object, completed);
      return write(kind, object, (stored, each) => store.apply(stored, each, ...rest));
    },
    delete: (kind, ...rest) => store.delete(storedKind(kind), ...rest),
  };
}
