import { availableParallelism } from 'node:os';
import postgres, { type Sql } from 'postgres';
import { abortable } from '../abortable.ts';
import { ComponentError } from '../component-error.ts';
import { optional, withDefault, type Fields, type FieldsFor } from '../metadata/fields.ts';
import { duration, nonEmpty, oneOf, text, wholeNumber } from '../metadata/parsers.ts';
import { onlyFalse, unsupported } from '../metadata/unsupported.ts';
import { connectionString, type PostgresAddress } from './connection-string.ts';

export type Database = Sql<{ bigint: number | string }>;

export interface PostgresSettings {
  connectionString: PostgresAddress | undefined;
  host: string | undefined;
  hostaddr: string | undefined;
  port: number | undefined;
  database: string | undefined;
  user: string | undefined;
  password: string | undefined;
  timeout: number;
  maxConns: number;
  connectionMaxIdleTime: number | undefined;
  queryExecMode: 'cache_statement' | 'cache_describe' | 'describe_exec' | 'exec' | 'simple_protocol';
}

/** What the store and the binding have in common. */
export const postgresFields: FieldsFor<PostgresSettings> = {
  connectionString: optional(connectionString, 'url'),
  host: optional(nonEmpty),
  hostaddr: optional(nonEmpty),
  port: optional(wholeNumber(1, 65_535)),
  database: optional(nonEmpty),
  user: optional(nonEmpty),
  password: optional(text),
  timeout: withDefault(duration('s'), 20_000, 'timeoutInSeconds'),
  maxConns: withDefault(wholeNumber(-1), 0),
  connectionMaxIdleTime: optional(duration('s')),
  queryExecMode: withDefault(oneOf('cache_statement', 'cache_describe', 'describe_exec', 'exec', 'simple_protocol'), 'cache_statement'),
};

const azure = unsupported('Azure AD');
const aws = unsupported('AWS IAM');

/** What Dapr documents beside that. */
export const postgresOtherFields: Fields = {
  useAzureAD: optional(onlyFalse('Azure AD')),
  useAWSIAM: optional(onlyFalse('AWS IAM')),
  azureTenantId: optional(azure),
  azureClientId: optional(azure),
  azureClientSecret: optional(azure),
  awsRegion: optional(aws, 'region'),
  awsAccessKey: optional(aws, 'accessKey'),
  awsSecretKey: optional(aws, 'secretKey'),
  awsSessionToken: optional(aws, 'sessionToken'),
  sslRootCert: optional(unsupported('a file of certificates')),
};

/** A pool of connections, which are made when they are needed. */
export function postgresDatabase(settings: PostgresSettings, name: string): Database {
  const address = { ...settings.connectionString, ...fieldsOf(settings) };
  if (address.host === undefined)
    throw new ComponentError(
      'ComponentInvalid',
      `Component "${name}" cannot be opened: nothing says where its server is. Set connectionString, with a host.`,
    );
  return postgres({
    host: address.host,
    port: address.port ?? 5432,
    user: address.user ?? 'postgres',
    database: address.database ?? address.user ?? 'postgres',
    ...(address.password === undefined ? {} : { password: address.password }),
    ssl: sslOf(address.sslMode ?? 'prefer'),
    max: settings.maxConns > 0 ? settings.maxConns : Math.max(4, availableParallelism()),
    connect_timeout: address.connectTimeoutSeconds ?? 10,
    ...(settings.connectionMaxIdleTime === undefined ? {} : { idle_timeout: settings.connectionMaxIdleTime / 1000 }),
    prepare: settings.queryExecMode.startsWith('cache_'),
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: address.applicationName ?? 'openfunction', statement_timeout: settings.timeout },
    types: { bigint: { to: 20, from: [20], serialize: String, parse: safeNumber } },
  });
}

function fieldsOf({ host, hostaddr, port, database, user, password }: PostgresSettings): PostgresAddress {
  const given = { host: hostaddr ?? host, port, database, user, password };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function sslOf(mode: NonNullable<PostgresAddress['sslMode']>): false | 'prefer' | 'require' | 'verify-full' {
  if (mode === 'disable') return false;
  if (mode === 'require') return 'require';
  return mode === 'allow' || mode === 'prefer' ? 'prefer' : 'verify-full';
}

function safeNumber(value: string): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Waits for the answer no longer than is allowed, and makes one kind of error of whatever goes wrong. */
export async function answered<T>(
  answer: PromiseLike<T>,
  { what, timeoutMs, signal }: { what: string; timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<T> {
  // The server ends a statement itself at this time; a second more is for one that does not answer at all.
  const late = AbortSignal.timeout(timeoutMs + 1_000);
  try {
    return await abortable(Promise.resolve(answer), signal === undefined ? late : AbortSignal.any([signal, late]));
  } catch (error) {
    if (signal?.aborted || error instanceof ComponentError) throw error;
    throw databaseError(error, what);
  }
}

function databaseError(error: unknown, what: string): ComponentError {
  const { code: given, message = String(error) } = error as { code?: unknown; message?: string };
  // An aborted wait has a number for a code.
  const code = typeof given === 'string' ? given : '';
  // Classes of SQLSTATE that speak of the statement or its data; repeating it does not help.
  const isRefusal = /^(?:0[A-Z]|2[0-9A-F]|42|44)/.test(code) && !code.startsWith('28');
  const hint = isRefusal ? 'Correct it' : 'Is the server up, and may this user connect? Repeat it later';
  return new ComponentError(
    isRefusal ? 'RequestRejected' : 'ComponentUnavailable',
    `${what}: PostgreSQL says "${message}"${code === '' ? '' : ` (${code})`}. ${hint}.`,
    {
      cause: error,
    },
  );
}
