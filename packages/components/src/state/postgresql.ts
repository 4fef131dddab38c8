import type { TransactionSql } from 'postgres';
import type { ComponentContext } from '../component-context.ts';
import { ComponentError } from '../component-error.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { withDefault, withoutEffect } from '../metadata/fields.ts';
import { duration, text, type Parser } from '../metadata/parsers.ts';
import {
  answered,
  postgresDatabase,
  postgresFields,
  postgresOtherFields,
  type Database,
  type PostgresSettings,
} from '../postgresql/postgres-database.ts';
import { layoutV1, layoutV2, type StateLayout } from '../postgresql/state-layout.ts';
import { etagMismatch } from './conditions.ts';
import type { StateEntry, StateOperation, StateStore } from './state-store.ts';

const tableName: Parser<string> = {
  says: 'the name of a table, with its schema before a point if it has one',
  parse: (value) => (/^(?:[a-z_]\w{0,62}\.)?[a-z_]\w{0,62}$/i.test(value) ? value : undefined),
};

const tablePrefix: Parser<string> = {
  says: 'letters, digits and "_", with a schema before a point if there is one',
  parse: (value) => (/^(?:[a-z_]\w{0,62}\.)?(?:[a-z_]\w{0,40})?$/i.test(value) ? value : undefined),
};

// At most a number below zero, which turns it off.
const interval: Parser<number> = {
  says: 'a duration such as "1h", or -1 for never',
  parse: (value) => (/^-\d+[a-z]*$/.test(value.trim()) ? 0 : duration('s').parse(value)),
};

const common = {
  ...postgresOtherFields,
  ...postgresFields,
  cleanupInterval: withDefault(interval, 3_600_000, 'cleanupIntervalInSeconds'),
  metadataTableName: withoutEffect(text),
};

/** `state.postgresql`, version v1: values that are JSON are kept as JSON, which SQL can read and which loses its spaces. */
export const postgresState: ComponentType<'state'> = componentType({
  block: 'state',
  fields: { ...common, tableName: withDefault(tableName, 'state') },
  open: (settings, context) => postgresStore({ ...settings, table: settings.tableName, layout: layoutV1, context }),
});

/** `state.postgresql`, version v2: values are kept byte by byte. */
export const postgresStateV2: ComponentType<'state'> = componentType({
  block: 'state',
  fields: { ...common, tablePrefix: withDefault(tablePrefix, '') },
  open: (settings, context) => postgresStore({ ...settings, table: `${settings.tablePrefix}state`, layout: layoutV2, context }),
});

interface StoreOptions extends PostgresSettings {
  cleanupInterval: number;
  table: string;
  layout: StateLayout;
  context: ComponentContext;
}

type Runner = Database | TransactionSql<{ bigint: number | string }>;

async function postgresStore(options: StoreOptions): Promise<StateStore> {
  const { table, layout, context, timeout: timeoutMs } = options;
  const sql = postgresDatabase(options, context.name);
  const statements = statementsOf(table, layout);
  const prepare = options.queryExecMode.startsWith('cache_');
  try {
    await answered(createTable(sql, table, layout), { what: `The table of component "${context.name}" cannot be made`, timeoutMs });
  } catch (error) {
    await sql.end({ timeout: 0 });
    throw error;
  }

  async function apply(runner: Runner, operation: StateOperation): Promise<void> {
    if (operation.etag !== undefined && !layout.isEtag(operation.etag))
      throw new ComponentError(
        'EtagInvalid',
        `State was not written: key ${JSON.stringify(operation.key)} was never given such an etag. Read it, then write with its etag.`,
      );
    const { statement, parameters } = statements.write(operation);
    const { count } = await runner.unsafe(statement, parameters, { prepare });
    if (count === 0 && (operation.kind === 'set' || operation.etag !== undefined)) throw etagMismatch(operation);
  }

  const stopSweeping = everySoOften(context, options.cleanupInterval, async () => {
    await sql.unsafe(statements.sweep).catch((error: unknown) => {
      context.report({
        level: 'warn',
        message: 'expired state could not be removed',
        component: context.name,
        fields: { reason: String(error) },
      });
    });
  });
  const writing = { what: 'State was not written', timeoutMs };
  return {
    features: new Set(['ETAG', 'TRANSACTIONAL', 'TTL'] as const),
    read: async (keys, { signal } = {}) => {
      if (keys.length === 0) return [];
      const wanted = [...new Set(keys)];
      const rows = await answered(sql.unsafe<Row[]>(statements.read(wanted.length), wanted, { prepare }), {
        what: 'State was not read',
        timeoutMs,
        signal,
      });
      const byKey = new Map(rows.map((row) => [row.key, { value: row.value, etag: row.etag } satisfies StateEntry]));
      return keys.map((key) => byKey.get(key));
    },
    write: async (operations, signal) => {
      // Those of one key one after the other.
      const errors: (Error | undefined)[] = operations.map(() => undefined);
      const last = new Map<string, Promise<void>>();
      await Promise.all(
        operations.map((operation, index) => {
          const before = last.get(operation.key) ?? Promise.resolve();
          const mine = before.then(async () => {
            errors[index] = await failure(answered(apply(sql, operation), { ...writing, signal }));
          });
          last.set(operation.key, mine);
          return mine;
        }),
      );
      signal?.throwIfAborted();
      return errors;
    },
    transact: async (operations, signal) => {
      const transaction = sql.begin(async (runner) => {
        for (const operation of operations) await apply(runner, operation);
      });
      await answered(transaction, { ...writing, signal });
    },
    ping: async (signal) => {
      await answered(sql`SELECT 1`, { what: 'PostgreSQL does not answer', timeoutMs, signal });
    },
    close: async () => {
      stopSweeping();
      await sql.end({ timeout: 5 });
    },
  };
}

interface Row {
  key: string;
  value: Uint8Array;
  etag: string;
}

async function createTable(sql: Database, table: string, { columns, expires }: StateLayout): Promise<void> {
  const index = `${table.split('.').at(-1)}_${expires}_idx`;
  await sql.begin(async (runner) => {
    // Two that make the same table at once disturb each other even with IF NOT EXISTS.
    await runner`SELECT pg_advisory_xact_lock(hashtext(${`openfunction ${table}`}))`;
    await runner.unsafe(`CREATE TABLE IF NOT EXISTS ${table} (key text PRIMARY KEY, ${columns})`);
    await runner.unsafe(`CREATE INDEX IF NOT EXISTS ${index} ON ${table} (${expires}) WHERE ${expires} IS NOT NULL`);
  });
}

interface Statement {
  statement: string;
  parameters: (string | number | boolean | Buffer | null)[];
}

interface Statements {
  read(keys: number): string;
  sweep: string;
  write(operation: StateOperation): Statement;
}

// Beyond any calendar of PostgreSQL's.
const longestTtlSeconds = 8e12;

function statementsOf(table: string, layout: StateLayout): Statements {
  const { expires, select, set, etagIs } = layout;
  const isPresent = `(${table}.${expires} IS NULL OR ${table}.${expires} > clock_timestamp())`;
  const names = [...Object.keys(set), expires];

  function write(operation: StateOperation): Statement {
    const { key, etag } = operation;
    if (operation.kind === 'delete') {
      const condition = etag === undefined ? '' : ` AND ${etagIs('$2')} AND ${isPresent}`;
      return { statement: `DELETE FROM ${table} WHERE key = $1${condition}`, parameters: etag === undefined ? [key] : [key, etag] };
    }
    const values = layout.parameters(operation.value);
    const ttl = `$${values.length + 2}`;
    const expressions = [...Object.values(set), `clock_timestamp() + make_interval(secs => ${ttl}::float8)`];
    const parameters = [
      key,
      ...values,
      operation.ttlSeconds === undefined ? null : Math.min(operation.ttlSeconds, longestTtlSeconds / 100),
    ];
    const assignments = names.map((column, index) => `${column} = ${expressions[index]}`).join(', ');
    if (etag !== undefined)
      return {
        statement: `UPDATE ${table} SET ${assignments} WHERE key = $1 AND ${etagIs(`$${values.length + 3}`)} AND ${isPresent}`,
        parameters: [...parameters, etag],
      };
    const condition = operation.firstWrite === true ? ` WHERE NOT ${isPresent}` : '';
    return {
      statement: `INSERT INTO ${table} (key, ${names.join(', ')}) VALUES ($1, ${expressions.join(', ')}) ON CONFLICT (key) DO UPDATE SET ${assignments}${condition}`,
      parameters,
    };
  }

  return {
    read: (keys) =>
      `SELECT key, ${select} FROM ${table} WHERE key IN (${Array.from({ length: keys }, (_, index) => `$${index + 1}`).join(', ')}) AND ${isPresent}`,
    sweep: `DELETE FROM ${table} WHERE ${expires} < clock_timestamp()`,
    write,
  };
}

async function failure(action: Promise<void>): Promise<Error | undefined> {
  try {
    await action;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function everySoOften({ clock }: ComponentContext, everyMs: number, action: () => Promise<void>): () => void {
  if (everyMs <= 0) return () => {};
  let isStopped = false;
  let cancel = clock.setTimeout(function again() {
    void action().finally(() => {
      if (!isStopped) cancel = clock.setTimeout(again, everyMs);
    });
  }, everyMs);
  return () => {
    isStopped = true;
    cancel();
  };
}
