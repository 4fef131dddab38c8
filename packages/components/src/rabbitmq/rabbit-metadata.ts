import type { ConnectionOptions } from 'rabbitmq-client';
import { ComponentError } from '../component-error.ts';
import { optional, withDefault, type Fields, type FieldsFor } from '../metadata/fields.ts';
import { duration, flag, nonEmpty, oneOf, text, wholeNumber } from '../metadata/parsers.ts';
import { onlyFalse } from '../metadata/unsupported.ts';

export interface RabbitSettings {
  connectionString: string | undefined;
  protocol: 'amqp' | 'amqps' | undefined;
  hostname: string | undefined;
  username: string | undefined;
  password: string | undefined;
  durable: boolean;
  prefetchCount: number;
  reconnectWait: number;
  heartBeat: number;
  clientName: string | undefined;
  ttlInSeconds: number | undefined;
  caCert: string | undefined;
  clientCert: string | undefined;
  clientKey: string | undefined;
}

/** What pub/sub and the binding have in common. */
export const rabbitFields: FieldsFor<RabbitSettings> = {
  connectionString: optional(nonEmpty, 'host'),
  protocol: optional(oneOf('amqp', 'amqps')),
  hostname: optional(nonEmpty),
  username: optional(text),
  password: optional(text),
  durable: withDefault(flag, false),
  prefetchCount: withDefault(wholeNumber(0, 65_535), 0),
  reconnectWait: withDefault(duration('s'), 3_000, 'reconnectWaitSeconds', 'reconnectWaitInSeconds'),
  heartBeat: withDefault(duration('s'), 10_000),
  clientName: optional(nonEmpty),
  ttlInSeconds: optional(duration('s')),
  caCert: optional(nonEmpty),
  clientCert: optional(nonEmpty),
  clientKey: optional(nonEmpty),
};

export const rabbitOtherFields: Fields = {
  saslExternal: optional(onlyFalse('SASL EXTERNAL'), 'externalSasl'),
};

/** How to reach the server; refuses what does not fit together. */
export function rabbitConnection(settings: RabbitSettings, name: string): ConnectionOptions {
  const refuse = (why: string): ComponentError => new ComponentError('ComponentInvalid', `Component "${name}" cannot be opened: ${why}.`);
  const { caCert, clientCert, clientKey } = settings;
  if ((clientCert === undefined) !== (clientKey === undefined)) throw refuse('clientCert and clientKey go together. Set both, or neither');
  const url = settings.connectionString ?? urlOf(settings);
  if (url === undefined || !URL.canParse(url) || !/^amqps?:$/.test(new URL(url).protocol))
    throw refuse('nothing says where its server is. Set connectionString to an amqp or amqps URL, or hostname');
  if (settings.protocol !== undefined && new URL(url).protocol !== `${settings.protocol}:`)
    throw refuse('protocol and connectionString differ. Leave protocol out');
  const tls = {
    ...(caCert === undefined ? {} : { ca: caCert }),
    ...(clientCert === undefined ? {} : { cert: clientCert }),
    ...(clientKey === undefined ? {} : { key: clientKey }),
  };
  return {
    url,
    ...(new URL(url).protocol === 'amqps:' ? { tls } : {}),
    connectionName: settings.clientName ?? name,
    connectionTimeout: 5_000,
    // How long a call waits for a channel while the server is away.
    acquireTimeout: 2_000,
    heartbeat: Math.max(1, Math.round(settings.heartBeat / 1000)),
    retryLow: Math.max(100, Math.min(1_000, settings.reconnectWait)),
    retryHigh: Math.max(100, settings.reconnectWait),
  };
}

function urlOf({ protocol = 'amqp', hostname, username, password }: RabbitSettings): string | undefined {
  if (hostname === undefined) return undefined;
  const user = username === undefined ? '' : `${encodeURIComponent(username)}:${encodeURIComponent(password ?? '')}@`;
  return `${protocol}://${user}${hostname}`;
}
