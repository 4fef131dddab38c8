import type { ComponentContext } from '../component-context.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { connectRedis, type Redis } from '../redis/connect-redis.ts';
import { redisFields } from '../redis/redis-fields.ts';
import type { ConfigurationItem, ConfigurationItems, ConfigurationStore } from './configuration-store.ts';

/** `configuration.redis`: plain keys whose values are `value` or `value||version`; it asks the server to tell of changes. */
export const redisConfiguration: ComponentType<'configuration'> = componentType({
  block: 'configuration',
  fields: { ...redisFields },
  open: async (settings, context) => {
    const redis = await connectRedis(settings, context);
    const store: ConfigurationStore = {
      get: async (keys) => read(redis, keys.length === 0 ? await allKeys(redis) : keys),
      subscribe: (options) => watch({ redis, context, database: settings.redisDB, ...options }),
      ping: async () => void (await redis.call('PING')),
      close: () => redis.close(),
    };
    return store;
  },
});

async function read(redis: Redis, keys: readonly string[]): Promise<ConfigurationItems> {
  const items = await Promise.all(
    keys.map(async (key): Promise<[string, ConfigurationItem | undefined]> => [key, itemOf(await readText(redis, key))]),
  );
  return Object.fromEntries(items.filter((entry): entry is [string, ConfigurationItem] => entry[1] !== undefined));
}

/** Nothing for what is there and is no text. */
async function readText(redis: Redis, key: string): Promise<Buffer | null> {
  try {
    return (await redis.call('GET', key)) as Buffer | null;
  } catch (error) {
    if (/WRONGTYPE/.test(String(error))) return null;
    throw error;
  }
}

function itemOf(stored: Buffer | null): ConfigurationItem | undefined {
  if (stored === null) return undefined;
  const [value = '', version = ''] = stored.toString('utf8').split('||');
  return { value, version, metadata: {} };
}

async function allKeys(redis: Redis): Promise<string[]> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = (await redis.call('SCAN', cursor, 'COUNT', 1000, 'TYPE', 'string')) as [Buffer, Buffer[]];
    cursor = next.toString();
    for (const key of found) keys.add(key.toString());
  } while (cursor !== '0');
  return [...keys];
}

async function watch(
  options: Parameters<ConfigurationStore['subscribe']>[0] & { redis: Redis; context: ComponentContext; database: number },
): Promise<{ close(): Promise<void> }> {
  const { redis, context, database, keys, onChange } = options;
  // A server that is managed by others may refuse; whether it tells of changes is then for them to set.
  await redis.call('CONFIG', 'SET', 'notify-keyspace-events', 'KA').catch(() => {});
  const wanted = new Set(keys);
  const prefix = `__keyspace@${database}__:`;
  let told = Promise.resolve();
  const tell = (key: string): void => {
    told = told.then(async () => {
      try {
        const item = itemOf(await readText(redis, key)) ?? { value: '', version: '', metadata: {} };
        await onChange({ [key]: item });
      } catch (error) {
        context.report({
          level: 'warn',
          message: 'a changed configuration could not be told',
          component: context.name,
          fields: { key, why: String(error) },
        });
      }
    });
  };
  const stop = await redis.listen(`${prefix}*`, (channel) => {
    const key = channel.slice(prefix.length);
    if (wanted.size === 0 || wanted.has(key)) tell(key);
  });
  return { close: stop };
}
