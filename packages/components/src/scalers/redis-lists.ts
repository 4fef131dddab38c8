import { ComponentError } from '../component-error.ts';
import { needed, withDefault } from '../metadata/fields.ts';
import { nonEmpty, wholeNumber } from '../metadata/parsers.ts';
import type { Redis } from '../redis/connect-redis.ts';
import { metricName } from './metric-name.ts';
import { redisTrigger, redisTriggerFields, redisTriggerOtherFields, redisTriggerSecrets } from './redis-trigger.ts';
import { scalerType, type ScalerType } from './scaler-type.ts';

/** `redis`: the length of a list, or of a set or hash that is used as one. */
export const redisListsScaler: ScalerType = scalerType({
  secrets: redisTriggerSecrets,
  fields: {
    ...redisTriggerOtherFields,
    ...redisTriggerFields,
    listName: needed(nonEmpty),
    listLength: withDefault(wholeNumber(1), 5),
    activationListLength: withDefault(wholeNumber(0), 0),
  },
  open: (settings, context) => {
    const { listName, listLength, activationListLength } = settings;
    const clients = redisTrigger(settings, context);
    return {
      metricName: metricName(`redis-${listName}`),
      target: listLength,
      read: async (signal) => {
        const value = await clients.use(signal, (redis) => lengthOf(redis, listName));
        return { value, isActive: value > activationListLength };
      },
      close: clients.close,
    };
  },
});

const commands: Readonly<Record<string, string>> = { none: 'LLEN', list: 'LLEN', set: 'SCARD', zset: 'ZCARD', hash: 'HLEN' };

async function lengthOf(redis: Redis, key: string): Promise<number> {
  const type = String(await redis.call('TYPE', key));
  const command = Object.hasOwn(commands, type) ? commands[type] : undefined;
  if (command === undefined)
    throw new ComponentError(
      'RequestRejected',
      `"${key}" of Redis is a ${type}, and no list. ${type === 'stream' ? 'Use a trigger of type redis-streams' : 'Correct listName'}.`,
    );
  return Number(await redis.call(command, key));
}
