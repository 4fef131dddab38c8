import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';

export const chart: string = path.resolve(import.meta.dirname, '../openfunction');
export const namespace = 'openfunction';

/** An object that the chart makes. */
export interface Rendered {
  kind: string;
  metadata: { name: string; namespace?: string };
}

export interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

export function run(program: string, args: readonly string[], input?: string): Ran {
  return spawnSync(program, args, { encoding: 'utf8', input, maxBuffer: 64 << 20 });
}

export function template(...args: string[]): Ran {
  return run('helm', ['template', 'openfunction', chart, '-n', namespace, ...args]);
}

/** What the chart makes, without a cluster. */
export function render(...args: string[]): Rendered[] {
  const { status, stdout, stderr } = template(...args);
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object): object is Rendered => object !== null);
}
