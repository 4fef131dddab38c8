import { checkMetadata } from '../checks/metadata.ts';
import { parsed } from '../checks/schema.ts';
import { checkServing } from '../checks/serving.ts';
import { forbidden, type FieldCause } from '../field-cause.ts';
import { refusedInTemplate } from '../template/refuse.ts';
import { sameJson } from '../same-json.ts';
import { servingSchema } from './schema.ts';

/** Why the spec of a Serving stays as it is. */
export const immutableMessage = 'cannot change; create another object';

/** Everything wrong with a Serving as it was sent; none when it may be stored. `old` is what it replaces. */
export function validateServing(object: unknown, old?: unknown): FieldCause[] {
  const raw = object as { spec?: { template?: unknown } };
  const refused = refusedInTemplate(raw.spec?.template, 'spec.template');
  const found = parsed(servingSchema, object);
  if ('causes' in found) return [...found.causes, ...refused];
  const before = old as { spec?: unknown } | undefined;
  const isChanged = before !== undefined && !sameJson(before.spec, raw.spec);
  return [
    ...checkMetadata(found.value),
    ...checkServing(found.value.spec, 'spec'),
    ...refused,
    ...(isChanged ? [forbidden('spec', immutableMessage)] : []),
  ];
}
