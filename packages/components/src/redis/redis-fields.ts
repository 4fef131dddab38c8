import { needed, optional, withDefault, withoutEffect, type Field } from '../metadata/fields.ts';
import { duration, flag, nonEmpty, oneOf, text, wholeNumber } from '../metadata/parsers.ts';

export interface RedisSettings {
  redisHost: string;
  redisUsername: string | undefined;
  redisPassword: string | undefined;
  redisDB: number;
  redisType: 'node' | 'cluster';
  enableTLS: boolean;
  failover: boolean;
  dialTimeout: number;
}

/** How every component on Redis says where its server is. */
export const redisFields: { [Name in keyof RedisSettings]: Field<RedisSettings[Name]> } & Record<RedisWithoutEffect, Field<unknown>> = {
  redisHost: needed(nonEmpty),
  redisUsername: optional(text),
  redisPassword: optional(text),
  redisDB: withDefault(wholeNumber(0, 1_000_000), 0, 'db'),
  redisType: withDefault(oneOf('node', 'cluster'), 'node'),
  enableTLS: withDefault(flag, false),
  failover: withDefault(flag, false),
  dialTimeout: withDefault(duration('s'), 5_000),
  readTimeout: withoutEffect(duration('s')),
  writeTimeout: withoutEffect(duration('s')),
  poolSize: withoutEffect(text),
  poolTimeout: withoutEffect(duration('s')),
  maxConnAge: withoutEffect(duration('s')),
  minIdleConns: withoutEffect(text),
  idleCheckFrequency: withoutEffect(text),
  idleTimeout: withoutEffect(text),
  redisMaxRetries: withoutEffect(text, 'maxRetries'),
  redisMinRetryInterval: withoutEffect(text),
  redisMaxRetryInterval: withoutEffect(text, 'maxRetryBackoff'),
};

type RedisWithoutEffect =
  | 'readTimeout'
  | 'writeTimeout'
  | 'poolSize'
  | 'poolTimeout'
  | 'maxConnAge'
  | 'minIdleConns'
  | 'idleCheckFrequency'
  | 'idleTimeout'
  | 'redisMaxRetries'
  | 'redisMinRetryInterval'
  | 'redisMaxRetryInterval';
