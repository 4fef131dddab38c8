import type { Parser } from '../metadata/parsers.ts';

/** What a connection string says; what it leaves out is left out here. */
export interface PostgresAddress {
  host?: string;
  port?: number;
  user?: string;
  password?: string;
  database?: string;
  connectTimeoutSeconds?: number;
  sslMode?: SslMode;
  applicationName?: string;
}

export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

const sslModes = new Set<string>(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']);

type Setter = (address: PostgresAddress, value: string) => boolean;

const wholeNumber = (value: string): number | undefined => (/^\d{1,6}$/.test(value) ? Number(value) : undefined);

// Files are not among them: a Component must not make this process read one.
const setters: Record<string, Setter> = {
  host: (address, host) => Boolean((address.host = host)),
  hostaddr: (address, host) => Boolean((address.host = host)),
  port: (address, value) => (address.port = wholeNumber(value) ?? 0) > 0,
  user: (address, user) => Boolean((address.user = user)),
  password: (address, password) => {
    address.password = password;
    return true;
  },
  dbname: (address, database) => Boolean((address.database = database)),
  database: (address, database) => Boolean((address.database = database)),
  connect_timeout: (address, value) => {
    const seconds = wholeNumber(value);
    if (seconds !== undefined) address.connectTimeoutSeconds = seconds;
    return seconds !== undefined;
  },
  sslmode: (address, mode) => {
    if (sslModes.has(mode)) address.sslMode = mode as SslMode;
    return sslModes.has(mode);
  },
  application_name: (address, name) => Boolean((address.applicationName = name)),
};

/** Both forms that PostgreSQL knows: a URL, and words such as `host=… user=… dbname=…`. */
export const connectionString: Parser<PostgresAddress> = {
  says: `a connection string of PostgreSQL with no parameters but ${Object.keys(setters).join(', ')}`,
  parse: (value) => {
    const pairs = /^postgres(?:ql)?:\/\//.test(value) ? pairsOfUrl(value) : pairsOfWords(value);
    if (pairs === undefined) return undefined;
    const address: PostgresAddress = {};
    for (const [name, given] of pairs) {
      const set = Object.hasOwn(setters, name) ? setters[name] : undefined;
      if (set === undefined || !set(address, given)) return undefined;
    }
    return address;
  },
};

function pairsOfUrl(value: string): [string, string][] | undefined {
  if (!URL.canParse(value)) return undefined;
  const url = new URL(value);
  try {
    const parts: [string, string][] = [
      ['host', url.hostname.replace(/^\[|\]$/g, '')],
      ['port', url.port],
      ['user', decodeURIComponent(url.username)],
      ['password', decodeURIComponent(url.password)],
      ['dbname', decodeURIComponent(url.pathname.slice(1))],
    ];
    return [...parts.filter(([, part]) => part !== ''), ...url.searchParams];
  } catch {
    return undefined;
  }
}

function pairsOfWords(value: string): [string, string][] | undefined {
  const pairs: [string, string][] = [];
  const word = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)\s*/y;
  while (word.lastIndex < value.length) {
    const [, name, quoted, plain] = word.exec(value) ?? [];
    if (name === undefined) return undefined;
    pairs.push([name, (quoted ?? plain ?? '').replaceAll(/\\(.)/g, '$1')]);
  }
  return pairs.length === 0 ? undefined : pairs;
}
