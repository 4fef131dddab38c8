import { checkMetadata } from '../checks/metadata.ts';
import { parsed } from '../checks/schema.ts';
import type { FieldCause } from '../field-cause.ts';
import { referenceGrantSchema } from './schema.ts';

/** Everything wrong with a ReferenceGrant as it was sent; none when it may be stored. */
export function validateReferenceGrant(object: unknown): FieldCause[] {
  const found = parsed(referenceGrantSchema, object);
  return 'causes' in found ? found.causes : checkMetadata(found.value);
}
