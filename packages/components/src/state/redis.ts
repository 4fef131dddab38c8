import { componentType, type ComponentType } from '../component-type.ts';
import { optional, withoutEffect } from '../metadata/fields.ts';
import { text, wholeNumber } from '../metadata/parsers.ts';
import { connectRedis, script, type Redis } from '../redis/connect-redis.ts';
import { redisFields } from '../redis/redis-fields.ts';
import { etagMismatch } from './conditions.ts';
import type { StateEntry, StateOperation, StateStore } from './state-store.ts';

/** `state.redis`: a hash per key with `data` and `version`, as daprd keeps it. */
export const redisState: ComponentType<'state'> = componentType({
  block: 'state',
  fields: { ...redisFields, ttlInSeconds: optional(wholeNumber(1)), queryIndexes: withoutEffect(text), redisIndexes: withoutEffect(text) },
  open: async (settings, context) => redisStore(await connectRedis(settings, context), settings.ttlInSeconds),
});

// All checks first, each against what the earlier operations would leave; then all writes. A new key's version is the
// server's time, so that a key that was away never has a version that it had before.
const transaction = script(`
local left = {}
for i, key in ipairs(KEYS) do
  local at = (i - 1) * 6
  local kind, checks, etag, first = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local now = left[key]
  if now == nil then now = redis.call('HGET', key, 'version') end
  if checks == '1' then
    if now ~= etag then return i end
  elseif first == '1' and kind == 'set' and now then return i end
  if kind == 'set' then left[key] = 'written' else left[key] = false end
end
for i, key in ipairs(KEYS) do
  local at = (i - 1) * 6
  if ARGV[at + 1] == 'delete' then redis.call('DEL', key)
  else
    if redis.call('HEXISTS', key, 'version') == 1 then redis.call('HINCRBY', key, 'version', 1)
    else
      local time = redis.call('TIME')
      redis.call('HSET', key, 'version', time[1] .. string.format('%06d', time[2]))
    end
    redis.call('HSET', key, 'data', ARGV[at + 6])
    if ARGV[at + 5] == '' then redis.call('PERSIST', key) else redis.call('EXPIRE', key, ARGV[at + 5]) end
  end
end
return 0`);

function redisStore(redis: Redis, defaultTtl: number | undefined): StateStore {
  const run = async (operations: readonly StateOperation[]): Promise<StateOperation | undefined> => {
    const keys = operations.map(({ key }) => key);
    const refused = Number(
      await redis.run(
        transaction,
        keys,
        operations.flatMap((operation) => argumentsOf(operation, defaultTtl)),
      ),
    );
    return operations[refused - 1];
  };
  return {
    features: new Set(['ETAG', 'TRANSACTIONAL', 'TTL'] as const),
    read: async (keys) => Promise.all(keys.map(async (key) => entryOf(await redis.call('HMGET', key, 'data', 'version')))),
    // Sent one after the other over one connection, so that they keep their order.
    write: async (operations) =>
      Promise.all(
        operations.map(async (operation) => {
          const refused = await run([operation]);
          return refused === undefined ? undefined : etagMismatch(refused);
        }),
      ),
    transact: async (operations) => {
      if (operations.length === 0) return;
      const refused = await run(operations);
      if (refused !== undefined) throw etagMismatch(refused);
    },
    ping: async () => void (await redis.call('PING')),
    close: () => redis.close(),
  };
}

function argumentsOf(operation: StateOperation, defaultTtl: number | undefined): (string | Uint8Array)[] {
  const condition = [operation.etag === undefined ? '0' : '1', operation.etag ?? '', operation.firstWrite === true ? '1' : '0'];
  if (operation.kind === 'delete') return ['delete', ...condition, '', ''];
  const ttl = operation.ttlSeconds ?? defaultTtl;
  return ['set', ...condition, ttl === undefined ? '' : String(Math.min(ttl, 1e11)), operation.value];
}

function entryOf(answer: unknown): StateEntry | undefined {
  const [data, version] = answer as [Buffer | null, Buffer | null];
  return data === null ? undefined : { value: data, etag: version === null ? '0' : version.toString() };
}
