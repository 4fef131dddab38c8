import { keyOf, type KubeObject, type ResourceKind } from '@openfunction/resources';
import { applyMerge } from './apply-merge.ts';
import { StoreError, type FieldCause } from './store-error.ts';
import type { Store } from './store.ts';

/** Says what is wrong with an object that is about to be written; nothing when it may pass. `old` is what it replaces. */
export interface Admission {
  validate(kind: ResourceKind, object: KubeObject, old?: KubeObject): FieldCause[] | undefined | void;
}

const applyAttempts = 5;

/** The same store, where create, update and apply are refused with `Invalid` when validation finds a cause. */
export function withAdmission(store: Store, admission: Admission): Store {
  function admit(kind: ResourceKind, object: KubeObject, old?: KubeObject): void {
    // Letting go of an object must work even if the rules have become stricter since it was written.
    if (old?.metadata.deletionTimestamp !== undefined) return;
    const causes = admission.validate(kind, object, old) ?? [];
    if (causes.length === 0) return;
    const list = causes.map((cause) => `${cause.field}: ${cause.message}`).join('; ');
    throw new StoreError('Invalid', `${kind.kind} "${object.metadata.name || object.metadata.generateName || ''}" is invalid: ${list}`, {
      causes,
    });
  }

  async function applyOnce<T extends KubeObject>(kind: ResourceKind<T>, object: T, fieldManager: string): Promise<T> {
    const old = await store.get(kind, keyOf(object));
    admit(kind, applyMerge(old, object, { fieldManager, time: '' }), old);
    // Bound to the version that was validated, so that nothing unchecked is merged in between.
    const resourceVersion = object.metadata.resourceVersion ?? old?.metadata.resourceVersion;
    return store.apply(kind, { ...object, metadata: { ...object.metadata, resourceVersion } }, { fieldManager });
  }

  return {
    get: (kind, key) => store.get(kind, key),
    list: (kind, options) => store.list(kind, options),
    watch: (kind, options) => store.watch(kind, options),
    updateStatus: (kind, object) => store.updateStatus(kind, object),
    delete: (kind, key, options) => store.delete(kind, key, options),
    create: async (kind, object) => {
      admit(kind, object);
      return store.create(kind, object);
    },
    update: async (kind, object) => {
      admit(kind, object, await store.get(kind, keyOf(object)));
      return store.update(kind, object);
    },
    apply: async (kind, object, { fieldManager }) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await applyOnce(kind, object, fieldManager);
        } catch (error) {
          const mayRetry = error instanceof StoreError && error.code === 'Conflict' && object.metadata.resourceVersion === undefined;
          if (!mayRetry || attempt === applyAttempts) throw error;
        }
      }
    },
  };
}
