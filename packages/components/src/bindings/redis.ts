import { ComponentError } from '../component-error.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { connectRedis, type Redis } from '../redis/connect-redis.ts';
import { redisFields } from '../redis/redis-fields.ts';
import type { Binding, BindingRequest, BindingResponse } from './binding.ts';

const operations = ['create', 'get', 'delete', 'increment'];

/** `bindings.redis`: sets, reads, removes and counts plain keys. */
export const redisBinding: ComponentType<'bindings'> = componentType({
  block: 'bindings',
  fields: { ...redisFields },
  open: async (settings, context) => {
    const redis = await connectRedis(settings, context);
    const binding: Binding = {
      output: { operations, invoke: (request) => invoke(redis, request) },
      ping: async () => void (await redis.call('PING')),
      close: () => redis.close(),
    };
    return binding;
  },
});

async function invoke(redis: Redis, { operation, data, metadata }: BindingRequest): Promise<BindingResponse> {
  if (!operations.includes(operation))
    throw new ComponentError('OperationNotSupported', `The Redis binding cannot do "${operation}". Use one of: ${operations.join(', ')}.`);
  const key = metadata['key'];
  if (key === undefined || key === '')
    throw new ComponentError('RequestRejected', 'The Redis binding was given no key. Set metadata "key".');
  const ttl = ttlOf(metadata['ttlInSeconds']);
  switch (operation) {
    case 'create':
      await redis.call('SET', key, data, ...(ttl === undefined ? [] : ['EX', ttl]));
      return {};
    case 'get': {
      const value = (await redis.call(...(metadata['delete'] === 'true' ? ['GETDEL', key] : ['GET', key]))) as Buffer | null;
      return value === null ? {} : { data: value };
    }
    case 'delete':
      await redis.call('DEL', key);
      return {};
    default: {
      const value = await redis.call('INCR', key);
      if (ttl !== undefined) await redis.call('EXPIRE', key, ttl);
      return { data: Buffer.from(String(value)) };
    }
  }
}

function ttlOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new ComponentError('RequestRejected', 'Metadata ttlInSeconds must be a whole number above 0. Correct it.');
}
