import { createHash } from 'node:crypto';
import { createClient, RESP_TYPES } from '@redis/client';
import type { ComponentContext } from '../component-context.ts';
import { ComponentError } from '../component-error.ts';
import { backOffMs, connectionBackOff } from '../delivery/back-off.ts';
import type { RedisSettings } from './redis-fields.ts';

type Argument = string | number | Uint8Array;

/** A Lua script, sent whole only to a server that does not have it yet. */
export interface Script {
  text: string;
  digest: string;
}

/** One connection. It comes back by itself; while it is away, calls fail at once. */
export interface Redis {
  /** Texts come as buffers. */
  call(...command: Argument[]): Promise<unknown>;
  run(script: Script, keys: readonly string[], values: readonly Argument[]): Promise<unknown>;
  /** Calls back for every message of channels that the pattern takes, now and after a reconnection. */
  listen(pattern: string, listener: (channel: string) => void): Promise<() => Promise<void>>;
  /** One more connection to the same server, for calls that block. */
  another(): Promise<Redis>;
  /** Ends calls that block, too. */
  close(): Promise<void>;
}

export function script(text: string): Script {
  return { text, digest: createHash('sha1').update(text).digest('hex') };
}

/** Who connects. `subject` is how sentences name it; without one, it is the component of the name. */
export type RedisUser = Pick<ComponentContext, 'name' | 'random' | 'report'> & { subject?: string };

/** Fails when the server does not answer, or refuses. */
export async function connectRedis(settings: RedisSettings, context: RedisUser): Promise<Redis> {
  const { name, subject = `Component "${name}"` } = context;
  if (settings.redisType === 'cluster' || settings.failover) {
    const text = `${subject} cannot be opened: clusters and sentinels of Redis are not supported here. Give one server, or use daprd.`;
    throw new ComponentError('OperationNotSupported', text);
  }
  const { host, port } = addressOf(settings.redisHost, subject);
  const make = (): Client => newClient({ host, port }, settings, context.random);
  const open = async (): Promise<Redis> => {
    const client = make();
    await untilConnected(client, subject, settings.dialTimeout);
    client.on('reconnecting', () => context.report({ level: 'warn', message: 'the connection to Redis was lost', component: name }));
    client.on('ready', () => context.report({ level: 'info', message: 'the connection to Redis is back', component: name }));
    return redisOver(client, make, open);
  };
  return open();
}

type Client = ReturnType<typeof newClient>;

function newClient({ host, port }: { host: string; port: number }, settings: RedisSettings, random: () => number) {
  const { redisUsername: username = '', redisPassword: password = '' } = settings;
  const client = createClient({
    RESP: 2,
    disableOfflineQueue: true,
    database: settings.redisDB,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    socket: {
      host,
      port,
      connectTimeout: settings.dialTimeout,
      reconnectStrategy: (failures: number) => backOffMs(connectionBackOff, failures + 1, random()),
      ...(settings.enableTLS ? { tls: true as const } : {}),
    },
  });
  // Without a listener, the loss of a connection would end the process.
  client.on('error', () => {});
  return client;
}

function redisOver(client: Client, make: () => Client, open: () => Promise<Redis>): Redis {
  const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer };
  const listeners = new Set<Client>();
  const call = async (...command: Argument[]): Promise<unknown> => {
    const encoded = command.map((each) =>
      typeof each === 'number'
        ? String(each)
        : typeof each === 'string'
          ? each
          : Buffer.from(each.buffer, each.byteOffset, each.byteLength),
    );
    try {
      return await client.sendCommand(encoded, { typeMapping });
    } catch (error) {
      throw redisFailure(error);
    }
  };
  return {
    call,
    run: async ({ text, digest }, keys, values) => {
      const rest = [keys.length, ...keys, ...values];
      try {
        return await call('EVALSHA', digest, ...rest);
      } catch (error) {
        if (!/NOSCRIPT/.test(String((error as Error).cause))) throw error;
        return call('EVAL', text, ...rest);
      }
    },
    listen: async (pattern, listener) => {
      const own = make();
      await own.connect();
      listeners.add(own);
      await own.pSubscribe(pattern, (_message: string, channel: string) => listener(channel));
      return async () => {
        listeners.delete(own);
        own.destroy();
      };
    },
    another: open,
    close: async () => {
      for (const each of [client, ...listeners]) if (each.isOpen) each.destroy();
    },
  };
}

async function untilConnected(client: Client, subject: string, withinMs: number): Promise<void> {
  let lastError: unknown;
  client.on('error', (error: unknown) => (lastError = error));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(lastError ?? new Error('no answer')), withinMs);
  });
  try {
    await Promise.race([client.connect(), late]);
  } catch (error) {
    client.destroy();
    const why = error instanceof Error ? error.message || (error as { code?: string }).code : String(error);
    throw new ComponentError(
      'ComponentUnavailable',
      `${subject} cannot be opened: Redis does not let it in (${why}). Are its address and password right, and is it up?`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

function addressOf(redisHost: string, subject: string): { host: string; port: number } {
  const [, host, port = '6379'] = /^(?:rediss?:\/\/)?\[?([^,\s/]+?)\]?(?::(\d{1,5}))?$/.exec(redisHost) ?? [];
  if (host !== undefined) return { host, port: Number(port) };
  throw new ComponentError('ComponentInvalid', `${subject} cannot be opened: redisHost is not one host:port. Correct it.`);
}

/** What the server refuses is the request's fault; all else is worth another try. */
export function redisFailure(error: unknown): ComponentError {
  if (error instanceof ComponentError) return error;
  const why = error instanceof Error ? error.message : String(error);
  const isRefusal = /^(?:WRONGTYPE|ERR value is not|ERR increment)/.test(why);
  const code = isRefusal ? 'RequestRejected' : 'ComponentUnavailable';
  return new ComponentError(
    code,
    `Redis did not do it (${why || (error as { code?: string }).code}). ${isRefusal ? 'Correct the request.' : 'Try again when it is up.'}`,
    { cause: error },
  );
}
