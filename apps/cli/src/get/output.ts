import type { KubeObject, ResourceKind } from '@openfunction/resources/nouns';
import { asWritten } from '../show/as-written.ts';
import { jsonPath } from '../show/json-path/evaluate.ts';
import { UsageError } from '../usage-error.ts';

/** Objects, with the kind by which they were found. */
export type Found = { kind: ResourceKind; object: KubeObject };
export type Output =
  | { form: 'table'; isWide: boolean }
  | { form: 'text'; text(found: readonly Found[], isSingle: boolean): string | Promise<string> };

/** What `--output` says. A jsonpath is read here, so that a mistake in it is found before anything is asked for. */
export function outputOf(given: string | undefined): Output {
  const [form = '', ...rest] = (given ?? 'table').split('=');
  const template = rest.join('=');
  if (form === 'table' && given === undefined) return { form: 'table', isWide: false };
  if (given === 'wide') return { form: 'table', isWide: true };
  if (given === 'name') return { form: 'text', text: (found) => found.map(nameLine).join('') };
  if (given === 'json') return { form: 'text', text: (found, isSingle) => `${JSON.stringify(valueOf(found, isSingle), null, 2)}\n` };
  if (given === 'yaml')
    return { form: 'text', text: async (found, isSingle) => (await import('yaml')).stringify(valueOf(found, isSingle)) };
  if (form === 'jsonpath' && template !== '') {
    const print = jsonPath(template);
    return { form: 'text', text: (found, isSingle) => print(valueOf(found, isSingle)) };
  }
  throw new UsageError(`--output takes wide, name, json, yaml or jsonpath=TEMPLATE, not "${given}".`);
}

function nameLine({ kind, object }: Found): string {
  return `${kind.kind.toLowerCase()}${kind.group === '' ? '' : `.${kind.group}`}/${object.metadata.name}\n`;
}

function valueOf(found: readonly Found[], isSingle: boolean): unknown {
  const [first] = found;
  if (isSingle && first !== undefined) return asWritten(first.object);
  return { apiVersion: 'v1', kind: 'List', items: found.map(({ object }) => asWritten(object)) };
}
