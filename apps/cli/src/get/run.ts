import { parseArgs } from 'node:util';
import type { Client, Table } from '@openfunction/client';
import type { KubeObject, ResourceKind } from '@openfunction/resources/nouns';
import type { CommandContext } from '../command.ts';
import { connect } from '../connect/connect.ts';
import { connectOptions } from '../connect/options.ts';
import { exitCodes } from '../exit-codes.ts';
import { kindNamed } from '../show/kind-named.ts';
import { textTable } from '../show/text-table.ts';
import { UsageError } from '../usage-error.ts';

const forms = ['table', 'wide', 'name', 'yaml', 'json'];

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...connectOptions,
      output: { type: 'string', short: 'o', default: 'table' },
      'all-namespaces': { type: 'boolean', short: 'A', default: false },
      selector: { type: 'string', short: 'l' },
    },
  });
  if (!forms.includes(values.output)) throw new UsageError(`--output takes one of ${forms.slice(1).join(', ')}, not "${values.output}".`);
  const [word = 'functions', ...names] = positionals;
  const kind = kindNamed(word);
  await using platform = await connect(values, context);
  const isEverywhere = values['all-namespaces'] || !kind.namespaced;
  if (values['all-namespaces'] && names.length > 0) throw new UsageError('A name is of one namespace: leave --all-namespaces out.');
  const scope = { namespace: isEverywhere ? undefined : platform.namespace, labelSelector: values.selector, signal: context.signal };
  if (values.output === 'table' || values.output === 'wide') {
    return showTable(
      await tables(platform.client, kind, names, scope),
      { kind, isWide: values.output === 'wide', isEverywhere: values['all-namespaces'], namespace: scope.namespace },
      context,
    );
  }
  const objects =
    names.length > 0 ? await each(platform.client, kind, names, platform.namespace) : (await platform.client.list(kind, scope)).items;
  context.stdout.write(await shown(kind, objects, values.output, names.length === 1));
  return exitCodes.done;
}

interface Scope {
  namespace?: string;
  labelSelector?: string;
  signal: AbortSignal;
}

async function tables(client: Client, kind: ResourceKind, names: string[], scope: Scope): Promise<Table[]> {
  if (names.length === 0) return [await client.table(kind, scope)];
  return Promise.all(names.map((name) => client.table(kind, { ...scope, name })));
}

interface Shown {
  kind: ResourceKind;
  /** Undefined: of all. */
  namespace: string | undefined;
  isWide: boolean;
  isEverywhere: boolean;
}

function showTable(found: Table[], { kind, namespace, isWide, isEverywhere }: Shown, context: CommandContext): number {
  const columns = found[0]?.columns ?? [];
  const wanted = columns.map((column, at) => ({ ...column, at })).filter(({ priority }) => isWide || priority === 0);
  const rows = found.flatMap((table) => table.rows);
  if (rows.length === 0) {
    context.stderr.write(`There is no ${kind.kind}${namespace === undefined ? '' : ` in the namespace "${namespace}"`}.\n`);
    return exitCodes.done;
  }
  const header = [...(isEverywhere ? ['Namespace'] : []), ...wanted.map(({ name }) => name)];
  const cells = rows.map((row) => [...(isEverywhere ? [row.namespace] : []), ...wanted.map(({ at }) => cellText(row.cells[at]))]);
  context.stdout.write(textTable(header, cells));
  return exitCodes.done;
}

function cellText(cell: unknown): string {
  return typeof cell === 'string' || typeof cell === 'number' ? String(cell) : '';
}

async function each(client: Client, kind: ResourceKind, names: string[], namespace: string): Promise<KubeObject[]> {
  return Promise.all(names.map((name) => client.need(kind, { namespace: kind.namespaced ? namespace : '', name })));
}

async function shown(kind: ResourceKind, objects: KubeObject[], form: string, isSingle: boolean): Promise<string> {
  const group = kind.group === '' ? '' : `.${kind.group}`;
  if (form === 'name') return objects.map(({ metadata }) => `${kind.kind.toLowerCase()}${group}/${metadata.name}\n`).join('');
  const value = isSingle ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects };
  if (form === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  return (await import('yaml')).stringify(value);
}
