import { validateObject } from '@openfunction/resources';
import { withAdmission, type Store } from '@openfunction/store';

/** The same store, which refuses what the kinds forbid: to the API, and to the platform's own loops. */
export function admittedStore(store: Store): Store {
  return withAdmission(store, { validate: validateObject });
}
