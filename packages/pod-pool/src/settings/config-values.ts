import {
  configMapKind,
  keyOf,
  keyText,
  secretKind,
  valuesOf,
  type ConfigMap,
  type ConfigSource,
  type Key,
  type ResourceKind,
  type Secret,
} from '@openfunction/resources';
import type { Store } from '@openfunction/store';

export interface ConfigValues extends ConfigSource {
  /** Whether Secrets and ConfigMaps of this namespace may be read. */
  isEnabled(namespace: string): boolean;
  /** Whether what is there has been read: before that, nothing can be called missing. */
  isComplete(namespace: string): boolean;
  /** Keeps the values current until the signal ends it; one loop per kind and namespace. */
  loops: (() => Promise<void>)[];
}

export interface ConfigValuesOptions {
  store: Store;
  namespaces: 'all' | readonly string[];
  signal: AbortSignal;
  /** Something in this namespace changed. */
  onChange: (namespace: string) => void;
}

type ConfigObject = Secret | ConfigMap;

/** Keeps the Secrets and ConfigMaps of the enabled namespaces in memory, so that a cold request reads none. */
export function configValues(options: ConfigValuesOptions): ConfigValues {
  const { store, namespaces, signal, onChange } = options;
  const values = new Map<string, Record<string, Buffer>>();
  const complete = new Set<string>();
  const everywhere = '';
  const idOf = (kind: string, key: Key): string => `${kind}/${keyText(key)}`;

  function note(kind: string, object: ConfigObject, deleted: boolean): void {
    const id = idOf(kind, keyOf(object));
    if (deleted) values.delete(id);
    else values.set(id, valuesOf(object));
  }

  async function follow<T extends ConfigObject>(kind: ResourceKind<T>, namespace: string): Promise<void> {
    const within = namespace === everywhere ? {} : { namespace };
    const present = await store.list(kind, within);
    const found = new Set(present.items.map((object) => idOf(kind.kind, keyOf(object))));
    for (const id of values.keys())
      if (id.startsWith(`${kind.kind}/${namespace === everywhere ? '' : `${namespace}/`}`) && !found.has(id)) values.delete(id);
    for (const object of present.items) note(kind.kind, object, false);
    complete.add(`${kind.kind}/${namespace}`);
    onChange(namespace);
    for await (const event of store.watch(kind, { ...within, resourceVersion: present.resourceVersion, signal })) {
      if (event.type === 'BOOKMARK') continue;
      note(kind.kind, event.object, event.type === 'DELETED');
      onChange(event.object.metadata.namespace ?? '');
    }
  }

  const places = namespaces === 'all' ? [everywhere] : namespaces;
  const isEnabled = (namespace: string): boolean => namespaces === 'all' || namespaces.includes(namespace);
  return {
    isEnabled,
    isComplete: (namespace) => {
      const place = namespaces === 'all' ? everywhere : namespace;
      return complete.has(`Secret/${place}`) && complete.has(`ConfigMap/${place}`);
    },
    get: (kind, key) => values.get(idOf(kind, key)),
    loops: places.flatMap((namespace) => [() => follow(secretKind, namespace), () => follow(configMapKind, namespace)]),
  };
}
