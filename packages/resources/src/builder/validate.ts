import { checkBuild } from '../checks/build.ts';
import { checkMetadata } from '../checks/metadata.ts';
import { parsed } from '../checks/schema.ts';
import type { FieldCause } from '../field-cause.ts';
import { builderSchema } from './schema.ts';

/** Everything wrong with a Builder as it was sent; none when it may be stored. */
export function validateBuilder(object: unknown): FieldCause[] {
  const found = parsed(builderSchema, object);
  return 'causes' in found ? found.causes : [...checkMetadata(found.value), ...checkBuild(found.value.spec, 'spec')];
}
