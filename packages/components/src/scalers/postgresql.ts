import { ComponentError } from '../component-error.ts';
import { needed, optional, withDefault } from '../metadata/fields.ts';
import { nonEmpty, oneOf, wholeNumber } from '../metadata/parsers.ts';
import { connectionString } from '../postgresql/connection-string.ts';
import { answered, postgresDatabase, type Database } from '../postgresql/postgres-database.ts';
import { decimal, positiveDecimal } from './decimal.ts';
import { scalerType, type ScalerType } from './scaler-type.ts';

const timeoutMs = 8_000;

/** `postgresql`: the number in the first row and column of a query. */
export const postgresScaler: ScalerType = scalerType({
  secrets: ['connection', 'password'],
  fields: {
    connection: optional(connectionString),
    host: optional(nonEmpty),
    port: optional(wholeNumber(1, 65_535)),
    userName: optional(nonEmpty),
    password: optional(nonEmpty),
    dbName: optional(nonEmpty),
    sslmode: optional(oneOf('disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full')),
    query: needed(nonEmpty),
    targetQueryValue: needed(positiveDecimal),
    activationTargetQueryValue: withDefault(decimal, 0),
  },
  open: (settings, { name, subject }) => {
    const { connection, host, port, userName, password, dbName, sslmode, query } = settings;
    if ((connection?.host ?? host) === undefined)
      throw new ComponentError(
        'ComponentInvalid',
        `${subject} cannot be opened: nothing says where its server is. Set connectionFromEnv, or host, port, userName and dbName.`,
      );
    const given = { host, port, user: userName, password, database: dbName, sslMode: sslmode };
    const address = connection ?? Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const none = { host: undefined, hostaddr: undefined, port: undefined, database: undefined, user: undefined, password: undefined };
    const sql = postgresDatabase(
      { ...none, connectionString: address, timeout: timeoutMs, maxConns: 1, connectionMaxIdleTime: undefined, queryExecMode: 'exec' },
      name,
    );
    return {
      metricName: 'postgresql',
      target: settings.targetQueryValue,
      read: async (signal) => {
        const value = numberOf(await answered(firstValue(sql, query), { what: 'The query was not answered', timeoutMs, signal }));
        return { value, isActive: value > settings.activationTargetQueryValue };
      },
      close: async () => sql.end({ timeout: 0 }),
    };
  },
});

/** One row is fetched, however many the query has. */
async function firstValue(sql: Database, query: string): Promise<unknown> {
  for await (const [row] of sql.unsafe(query).cursor(1)) return row === undefined ? undefined : Object.values(row)[0];
  return undefined;
}

function numberOf(value: unknown): number {
  const number = typeof value === 'number' ? value : typeof value === 'string' ? decimal.parse(value) : undefined;
  if (number !== undefined) return number;
  const what = value === undefined ? 'no row' : value === null ? 'null' : 'something that is not a number';
  throw new ComponentError(
    'RequestRejected',
    `The query answers ${what}. Let its first column be a number, for example by COALESCE(…, 0).`,
  );
}
