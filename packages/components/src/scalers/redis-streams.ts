import { ComponentError } from '../component-error.ts';
import { needed, optional, withDefault } from '../metadata/fields.ts';
import { nonEmpty, wholeNumber } from '../metadata/parsers.ts';
import type { Redis } from '../redis/connect-redis.ts';
import { metricName } from './metric-name.ts';
import { redisTrigger, redisTriggerFields, redisTriggerOtherFields, redisTriggerSecrets } from './redis-trigger.ts';
import { scalerType, type ScalerType } from './scaler-type.ts';

/** `redis-streams`: what a group has not read yet (lagCount), what it has read and not acknowledged (pendingEntriesCount), or a stream's length. */
export const redisStreamsScaler: ScalerType = scalerType({
  secrets: redisTriggerSecrets,
  fields: {
    ...redisTriggerOtherFields,
    ...redisTriggerFields,
    stream: needed(nonEmpty),
    consumerGroup: optional(nonEmpty),
    pendingEntriesCount: optional(wholeNumber(1)),
    streamLength: optional(wholeNumber(1)),
    lagCount: optional(wholeNumber(1)),
    activationLagCount: withDefault(wholeNumber(0), 0),
  },
  open: (settings, context) => {
    const { name, subject, report } = context;
    const { stream, consumerGroup, lagCount, pendingEntriesCount, streamLength } = settings;
    if (lagCount !== undefined && consumerGroup === undefined)
      throw new ComponentError('ComponentInvalid', `${subject} cannot be opened: lagCount needs consumerGroup. Set it.`);
    const way = consumerGroup === undefined ? 'streamLength' : lagCount === undefined ? 'pendingEntriesCount' : 'lagCount';
    for (const [field, value] of Object.entries({ lagCount, pendingEntriesCount, streamLength }))
      if (value !== undefined && field !== way)
        report({ level: 'warn', message: 'metadata without effect beside the others', component: name, fields: { field, counted: way } });
    const counts: Record<typeof way, (redis: Redis) => Promise<number>> = {
      streamLength: async (redis) => Number(await redis.call('XLEN', stream)),
      pendingEntriesCount: async (redis) => pendingOf(await redis.call('XPENDING', stream, consumerGroup ?? '')),
      lagCount: async (redis) => lagOf(await redis.call('XINFO', 'GROUPS', stream), { stream, group: consumerGroup ?? '' }),
    };
    const clients = redisTrigger(settings, context);
    return {
      metricName: metricName(`redis-streams-${stream}`),
      target: { lagCount, pendingEntriesCount, streamLength }[way] ?? 5,
      read: async (signal) => {
        const value = await clients.use(signal, counts[way]);
        return { value, isActive: value > settings.activationLagCount };
      },
      close: clients.close,
    };
  },
});

function pendingOf(summary: unknown): number {
  return Number((summary as unknown[])[0]);
}

/** Each group is a list of names and values that take turns. */
function lagOf(groups: unknown, { stream, group }: { stream: string; group: string }): number {
  for (const fields of groups as unknown[][]) {
    const valueOf = (field: string): unknown => fields[fields.findIndex((each, index) => index % 2 === 0 && String(each) === field) + 1];
    if (String(valueOf('name')) !== group) continue;
    const lag = fields.some((each) => String(each) === 'lag') ? valueOf('lag') : undefined;
    if (lag === undefined)
      throw new ComponentError('OperationNotSupported', 'This Redis tells no lag. It needs version 7; or use pendingEntriesCount.');
    if (lag === null)
      throw new ComponentError(
        'ComponentUnavailable',
        `Redis does not know the lag of group "${group}", as after messages were deleted from the middle of a stream. It does again when the group has read on.`,
      );
    return Number(lag);
  }
  throw new ComponentError('ComponentUnavailable', `Stream "${stream}" of Redis has no group "${group}" yet. Is consumerGroup right?`);
}
