import { readFileSync } from 'node:fs';

/** Of this very program, as its package says it. */
export function ofnVersion(): string {
  return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}
