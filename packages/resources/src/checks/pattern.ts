import { RE2JS } from 're2js';

/** How large a regular expression is once compiled, in instructions; undefined when it is none of RE2. */
export function patternSize(pattern: string): number | undefined {
  try {
    return RE2JS.compile(pattern).programSize();
  } catch {
    return undefined;
  }
}
