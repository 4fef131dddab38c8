import { forbidden, invalid, type FieldCause } from '../field-cause.ts';
import { envName } from '../schema/text.ts';
import { envNameRefusal, isRefusedEnvName } from '../template/env-names.ts';

const most = 256;

/** What is wrong with a map of environment variables. */
export function checkEnvMap(map: Record<string, unknown> | undefined, path: string): FieldCause[] {
  const names = Object.keys(map ?? {});
  if (names.length > most) return [invalid(path, `has more than ${most} variables; give fewer`)];
  if (names.some(isRefusedEnvName)) return [forbidden(path, envNameRefusal)];
  return names
    .filter((name) => !envName.safeParse(name).success)
    .map((name) => invalid(path, `${JSON.stringify(name.slice(0, 80))} is no name of a variable: use letters, digits and _`));
}
