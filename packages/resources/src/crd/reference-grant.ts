import { referenceGrantSchema } from '../reference-grant/schema.ts';
import { structuralOf, type Schema } from './structural.ts';

/** What the fields of a ReferenceGrant are, where no cluster brings its CRD. */
export function referenceGrantJsonSchema(): Schema {
  const { properties, ...rest } = structuralOf(referenceGrantSchema);
  return { ...rest, description: 'What of its own namespace others may name', properties: { ...properties, metadata: { type: 'object' } } };
}
