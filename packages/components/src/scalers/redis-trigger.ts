import { ComponentError } from '../component-error.ts';
import { optional, withDefault, type Fields, type FieldsFor } from '../metadata/fields.ts';
import { flag, nonEmpty, wholeNumber } from '../metadata/parsers.ts';
import { onlyFalse, unsupported } from '../metadata/unsupported.ts';
import { connectRedis, type Redis } from '../redis/connect-redis.ts';
import { lazyClient, type LazyClient } from './lazy-client.ts';
import type { TriggerContext } from './scaler-type.ts';

export interface RedisTriggerSettings {
  address: string | undefined;
  host: string | undefined;
  port: number | undefined;
  username: string | undefined;
  password: string | undefined;
  databaseIndex: number;
  enableTLS: boolean;
}

/** How a trigger says where its Redis is. */
export const redisTriggerFields: FieldsFor<RedisTriggerSettings> = {
  address: optional(nonEmpty),
  host: optional(nonEmpty),
  port: optional(wholeNumber(1, 65_535)),
  username: optional(nonEmpty),
  password: optional(nonEmpty),
  databaseIndex: withDefault(wholeNumber(0, 1_000_000), 0),
  enableTLS: withDefault(flag, false),
};

const certificates = unsupported('a certificate of its own');

/** What KEDA documents beside that. */
export const redisTriggerOtherFields: Fields = {
  unsafeSsl: optional(onlyFalse('a certificate that nobody checks')),
  tls: optional(unsupported('tls beside enableTLS')),
  ca: optional(certificates),
  cert: optional(certificates),
  key: optional(certificates),
  keyPassword: optional(certificates),
};

export const redisTriggerSecrets: readonly string[] = ['password', 'key', 'keyPassword'];

/** Refuses what does not say where the server is. */
export function redisTrigger(settings: RedisTriggerSettings, context: TriggerContext): LazyClient<Redis> {
  const { address, host, port, username, password, databaseIndex, enableTLS } = settings;
  const refuse = (why: string): ComponentError => new ComponentError('ComponentInvalid', `${context.subject} cannot be opened: ${why}.`);
  if (address === undefined && (host === undefined || port === undefined))
    throw refuse('it lacks an address. Set address, or host and port');
  if (address !== undefined && host !== undefined) throw refuse('address and host say the same. Leave one out');
  if (address !== undefined && !/^[^\s,/]+:\d{1,5}$/.test(address)) throw refuse('its address is not one host:port. Correct it');
  const redisHost = address ?? `${host}:${port}`;
  const dialTimeout = 5_000;
  return lazyClient(() =>
    connectRedis(
      {
        redisHost,
        redisUsername: username,
        redisPassword: password,
        redisDB: databaseIndex,
        redisType: 'node',
        enableTLS,
        failover: false,
        dialTimeout,
      },
      context,
    ),
  );
}
