import { validateFunction, type FieldCause, type KubeObject, type ResourceKind } from '@openfunction/resources';
import { withAdmission, type Store } from '@openfunction/store';

function validate(kind: ResourceKind, object: KubeObject): FieldCause[] {
  return kind.kind === 'Function' ? validateFunction(object) : [];
}

/** The same store, which refuses what our kinds forbid: to the API, and to the platform's own loops. */
export function admittedStore(store: Store): Store {
  return withAdmission(store, { validate });
}
