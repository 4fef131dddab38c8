import type { z } from 'zod';
import { builderConversion } from './builder/convert.ts';
import { olderBuilderSchema } from './builder/v1beta1.ts';
import { parsed } from './checks/schema.ts';
import type { Conversion } from './convert/conversion.ts';
import type { FieldCause } from './field-cause.ts';
import { functionConversion } from './function/convert.ts';
import { olderFunctionSchema } from './function/v1beta1.ts';
import type { KubeObject } from './object.ts';
import { servingConversion } from './serving/convert.ts';
import { olderServingSchema } from './serving/v1beta1.ts';
import { validateObject } from './validate.ts';

const older: readonly { conversion: Conversion; schema: z.ZodType }[] = [
  { conversion: functionConversion, schema: olderFunctionSchema },
  { conversion: builderConversion, schema: olderBuilderSchema },
  { conversion: servingConversion, schema: olderServingSchema },
];

/** Everything wrong with an object of a former version: by its own schema first, then, in the stored version's words, by what it becomes. */
export function validateOlder(object: KubeObject, old?: KubeObject): FieldCause[] {
  const found = older.find(({ conversion }) => conversion.older.kind === object.kind);
  if (found === undefined) return [];
  const { conversion, schema } = found;
  const own = parsed(schema, object);
  if ('causes' in own) return own.causes;
  return validateObject(conversion.stored, conversion.toStored(object), old && conversion.toStored(old));
}
