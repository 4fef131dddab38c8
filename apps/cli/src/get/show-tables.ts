import { ClientError, type Client, type Table } from '@openfunction/client';
import type { ResourceKind } from '@openfunction/resources/nouns';
import type { CommandContext } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { growingTable } from '../show/text-table.ts';

interface Scope {
  /** Undefined: all of them. */
  namespace: string | undefined;
  labelSelector: string | undefined;
  fieldSelector: string | undefined;
  signal: AbortSignal;
}

export interface ShowTables {
  client: Client;
  /** All objects when there is none. */
  names: readonly string[];
  scope: Scope;
  shown: { kind: ResourceKind; isWide: boolean; isEverywhere: boolean; isPrefixed: boolean };
  isWatched: boolean;
  context: CommandContext;
}

/** Prints what the server prints of objects, and with `isWatched` a row for each change until the signal. */
export async function showTables(given: ShowTables): Promise<number> {
  const { client, names, scope, shown, isWatched, context } = given;
  const { kind } = shown;
  const found =
    names.length === 0 ? [await client.table(kind, scope)] : await Promise.all(names.map((name) => client.table(kind, { ...scope, name })));
  const wanted = (found[0]?.columns ?? [])
    .map((column, at) => ({ ...column, at }))
    .filter(({ priority }) => shown.isWide || priority === 0);
  const table = growingTable([...(shown.isEverywhere ? ['Namespace'] : []), ...wanted.map(({ name }) => name)]);
  const print = ({ rows }: Pick<Table, 'rows'>): void => {
    const cells = rows.map((row) => [...(shown.isEverywhere ? [row.namespace] : []), ...wanted.map(({ at }) => cellOf(row.cells, at))]);
    if (cells.length > 0) context.stdout.write(table.add(cells));
  };

  function cellOf(cells: readonly unknown[], at: number): string {
    return `${at === 0 && shown.isPrefixed ? `${kind.kind.toLowerCase()}/` : ''}${cellText(cells[at])}`;
  }

  const rows = found.flatMap((one) => one.rows);
  print({ rows });
  if (isWatched) {
    await follow(given, found[0]?.resourceVersion, print);
    return exitCodes.interrupted;
  }
  const where = scope.namespace === undefined ? '' : ` in the namespace "${scope.namespace}"`;
  if (rows.length === 0) context.stderr.write(`There is no ${kind.kind}${where}.\n`);
  return exitCodes.done;
}

async function follow(
  { client, names, scope, shown }: ShowTables,
  listed: string | undefined,
  print: (table: Table) => void,
): Promise<void> {
  const [name] = names;
  const fieldSelector = name === undefined ? scope.fieldSelector : `metadata.name=${name}`;
  let resourceVersion = listed;
  while (!scope.signal.aborted) {
    try {
      for await (const table of client.watchTable(shown.kind, { ...scope, fieldSelector, resourceVersion })) {
        print(table);
        resourceVersion = table.resourceVersion || resourceVersion;
      }
    } catch (error) {
      if (!(error instanceof ClientError && error.code === 'Expired')) throw error;
      ({ resourceVersion } = await client.table(shown.kind, scope));
    }
  }
}

function cellText(cell: unknown): string {
  return typeof cell === 'string' || typeof cell === 'number' ? String(cell) : '';
}
