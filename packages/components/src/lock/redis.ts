import { componentType, type ComponentType } from '../component-type.ts';
import { connectRedis, script } from '../redis/connect-redis.ts';
import { redisFields } from '../redis/redis-fields.ts';
import type { LockStore, UnlockResult } from './lock-store.ts';

const release = script(`
local owner = redis.call('GET', KEYS[1])
if not owner then return 0 end
if owner ~= ARGV[1] then return -1 end
redis.call('DEL', KEYS[1])
return 1`);
const results: Record<string, UnlockResult> = { '1': 'success', '0': 'does-not-exist', '-1': 'belongs-to-others' };

/** `lock.redis`: one key per lock on one server; it holds as long as that server keeps its data. */
export const redisLock: ComponentType<'lock'> = componentType({
  block: 'lock',
  fields: { ...redisFields },
  open: async (settings, context) => {
    const redis = await connectRedis(settings, context);
    const store: LockStore = {
      tryLock: async ({ resource, owner, expirySeconds }) => (await redis.call('SET', resource, owner, 'NX', 'EX', expirySeconds)) !== null,
      unlock: async ({ resource, owner }) => results[String(await redis.run(release, [resource], [owner]))] ?? 'does-not-exist',
      ping: async () => void (await redis.call('PING')),
      close: () => redis.close(),
    };
    return store;
  },
});
