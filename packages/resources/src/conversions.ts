// Former versions of the kinds. Apart from the rest: only what serves them pays for reading their YAML annotations.
import { builderConversion } from './builder/convert.ts';
import type { Conversion } from './convert/conversion.ts';
import { functionConversion } from './function/convert.ts';
import { servingConversion } from './serving/convert.ts';

export type { Conversion } from './convert/conversion.ts';
export { validateOlder } from './validate-older.ts';

export const conversions: readonly Conversion[] = [functionConversion, builderConversion, servingConversion];
