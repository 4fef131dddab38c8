import type { KubeObject, ResourceKind } from '@openfunction/resources';
import { StoreError, type FieldCause } from './store-error.ts';

/** Says what is wrong with an object that is about to be written; nothing when it may pass. `old` is what it replaces. */
export interface Admission {
  validate(kind: ResourceKind, object: KubeObject, old?: KubeObject): readonly FieldCause[] | undefined | void;
}

/** Refuses with `Invalid` what validation finds a cause against. */
export function admit(admission: Admission | undefined, kind: ResourceKind, object: KubeObject, old?: KubeObject): void {
  // Letting go of an object must work even if the rules have become stricter since it was written.
  if (admission === undefined || old?.metadata.deletionTimestamp !== undefined) return;
  refuse(kind, object, admission.validate(kind, object, old) ?? []);
}

/** Throws `Invalid` for an object when there is a cause. */
export function refuse(kind: ResourceKind, object: KubeObject, causes: readonly FieldCause[]): void {
  if (causes.length === 0) return;
  const texts = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const name = object.metadata.name || object.metadata.generateName || '';
  throw new StoreError('Invalid', `${kind.kind}${kind.group === '' ? '' : `.${kind.group}`} "${name}" is invalid: ${list}`, {
    causes: [...causes],
    about: name,
  });
}
