import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Arguments of Node for the program that makes a code cache; the last one, which the caller adds, is a folder with
 * `bundle.js`, `manifest.json` and the assets in `work`. It leaves the cache as `out/<key>`.
 */
export function codeCacheMaker(): string[] {
  const isSource = import.meta.url.endsWith('.ts');
  const entry = fileURLToPath(new URL(isSource ? './make-code-cache.ts' : './make-code-cache.js', import.meta.url));
  const own = path.resolve(path.dirname(entry), '..', '..');
  return [`--allow-fs-read=${own}`, ...(isSource ? ['--conditions=@openfunction/source'] : []), entry];
}
