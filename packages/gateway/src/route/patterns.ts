import type { RE2JS } from 're2js';
import type { Route } from './route.ts';

/** Longer values match no pattern, so that the time of one is bounded. */
const longestText = 2048;

let engine: typeof RE2JS | undefined;

/** Brings what compiles patterns, when the route has any: most gateways never meet one, and it is large. */
export async function readyForPatterns({ entries }: Route): Promise<void> {
  if (engine === undefined && entries.some(hasPattern)) engine = (await import('re2js')).RE2JS;
}

function hasPattern({ path, conditions }: Route['entries'][number]): boolean {
  const values = [...(conditions?.headers ?? []), ...(conditions?.queryParams ?? [])];
  return path.type === 'pattern' || values.some(({ isPattern }) => isPattern);
}

/** Whether a whole text is of the pattern, in time linear in it. What is no pattern matches nothing. */
export function patternTest(pattern: string): (text: string) => boolean {
  try {
    const compiled = engine?.compile(pattern);
    return compiled === undefined ? () => false : (text) => text.length <= longestText && compiled.matches(text);
  } catch {
    return () => false;
  }
}
