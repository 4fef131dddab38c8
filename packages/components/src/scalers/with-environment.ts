import { ComponentError } from '../component-error.ts';
import type { Fields } from '../metadata/fields.ts';
import { didYouMean } from '../nearest-name.ts';

const suffix = 'FromEnv';

export interface EnvironmentOptions {
  subject: string;
  fields: Fields;
  /** Fields that are taken from a variable only. */
  secrets: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
}

/** Puts the variables' values in place of KEDA's `…FromEnv`, which any field may have. */
export function withEnvironment(metadata: Readonly<Record<string, string>>, options: EnvironmentOptions): Map<string, string> {
  const { fields, secrets } = options;
  const known = new Map(
    Object.entries(fields).flatMap(([name, { aliases }]) => [name, ...aliases].map((each) => [each.toLowerCase(), name])),
  );
  const values = new Map<string, string>();
  for (const [given, value] of Object.entries(metadata)) {
    const base = given.toLowerCase().endsWith(suffix.toLowerCase()) ? given.slice(0, -suffix.length) : undefined;
    if (base === undefined && secrets.includes(known.get(given.toLowerCase()) ?? ''))
      throw refusal(
        options,
        `metadata "${given}" is a secret. Put it into a variable of the function's container and give the variable's name as ${given}${suffix}`,
      );
    const name = base ?? given;
    if (base !== undefined && !known.has(base.toLowerCase()))
      throw refusal(options, `its metadata has no field "${given}". ${didYouMean(base, Object.keys(fields))}`);
    if (values.has(name)) throw refusal(options, `its metadata has both "${name}" and "${name}${suffix}". Leave one out`);
    values.set(name, base === undefined ? value : variable(value, given, options));
  }
  return values;
}

function variable(name: string, field: string, options: EnvironmentOptions): string {
  const value = Object.hasOwn(options.environment, name) ? options.environment[name] : undefined;
  if (value !== undefined) return value;
  throw refusal(
    options,
    `metadata "${field}" names the variable "${name}", which the function's container does not have. Set it there, by value or from a Secret`,
  );
}

function refusal({ subject }: EnvironmentOptions, why: string): ComponentError {
  return new ComponentError('ComponentInvalid', `${subject} cannot be opened: ${why}${/[.?]$/.test(why) ? '' : '.'}`);
}
