// `npm run bench -- NAME [--json]`: prints a table; with --json its last line is {bench, results}. Exits 0 when it ran.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Result } from './result.ts';

const [name, ...flags] = process.argv.slice(2);
const file = path.join(import.meta.dirname, `${name}.ts`);
if (!name || !/^[a-z-]+$/.test(name) || !existsSync(file)) {
  console.error(`There is no benchmark "${name ?? ''}". Name one of the files of bench/, e.g. \`npm run bench -- gateway\`.`);
  process.exit(2);
}
const json = flags.includes('--json');
const bench = (await import(file)) as { run(options: { json: boolean }): Promise<Result[]> };
const results = await bench.run({ json });
console.table(results);
if (json) console.log(JSON.stringify({ bench: name, results }));
