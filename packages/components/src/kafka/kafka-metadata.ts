import { ComponentError } from '../component-error.ts';
import { needed, optional, withDefault, withoutEffect, type Fields, type FieldsFor } from '../metadata/fields.ts';
import { commaList, duration, flag, jsonObject, nonEmpty, oneOf, text, wholeNumber, type Parser } from '../metadata/parsers.ts';
import { unsupported } from '../metadata/unsupported.ts';

export const brokerAddresses: Parser<string[]> = {
  says: 'addresses of brokers, separated by commas',
  parse: (value) => {
    const list = commaList.parse(value) ?? [];
    return list.length > 0 && list.every((address) => /^[^\s/]+$/.test(address)) ? list : undefined;
  },
};

const oidc = unsupported('authType oidc');
const aws = unsupported('authType awsiam');
const schemas = unsupported("a schema registry's encoding");

export interface KafkaSettings {
  brokers: string[];
  consumerGroup: string | undefined;
  consumerID: string | undefined;
  clientID: string | undefined;
  authType: 'none' | 'password' | 'mtls' | 'certificate' | undefined;
  authRequired: boolean | undefined;
  saslUsername: string | undefined;
  saslPassword: string | undefined;
  saslMechanism: 'PLAINTEXT' | 'SHA-256' | 'SHA-512';
  caCert: string | undefined;
  clientCert: string | undefined;
  clientKey: string | undefined;
  skipVerify: boolean;
  disableTls: boolean;
  initialOffset: 'newest' | 'oldest';
  maxMessageBytes: number | undefined;
  compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  heartbeatInterval: number;
  sessionTimeout: number;
  consumerGroupRebalanceStrategy: 'range' | 'roundrobin';
  clientConnectionTopicMetadataRefreshInterval: number;
  consumerFetchMin: number;
  consumerFetchDefault: number;
  escapeHeaders: boolean;
}

/** What pub/sub and the binding have in common. */
export const kafkaFields: FieldsFor<KafkaSettings> = {
  brokers: needed(brokerAddresses),
  consumerGroup: optional(nonEmpty),
  consumerID: optional(nonEmpty),
  clientID: optional(nonEmpty, 'clientId'),
  authType: optional(oneOf('none', 'password', 'mtls', 'certificate')),
  authRequired: optional(flag),
  saslUsername: optional(text),
  saslPassword: optional(text),
  saslMechanism: withDefault(oneOf('PLAINTEXT', 'SHA-256', 'SHA-512'), 'PLAINTEXT'),
  caCert: optional(nonEmpty),
  clientCert: optional(nonEmpty),
  clientKey: optional(nonEmpty),
  skipVerify: withDefault(flag, false),
  disableTls: withDefault(flag, false),
  initialOffset: withDefault(oneOf('newest', 'oldest'), 'newest'),
  maxMessageBytes: optional(wholeNumber(1)),
  compression: withDefault(oneOf('none', 'gzip', 'snappy', 'lz4', 'zstd'), 'none'),
  heartbeatInterval: withDefault(duration('s'), 3_000),
  sessionTimeout: withDefault(duration('s'), 10_000),
  consumerGroupRebalanceStrategy: withDefault(oneOf('range', 'roundrobin'), 'range'),
  clientConnectionTopicMetadataRefreshInterval: withDefault(duration('s'), 540_000),
  consumerFetchMin: withDefault(wholeNumber(1), 1),
  consumerFetchDefault: withDefault(wholeNumber(1), 128 * 1024),
  escapeHeaders: withDefault(flag, false),
};

/** What Dapr documents beside that. */
export const kafkaOtherFields: Fields = {
  // Retries wait longer each time, for all sources alike, and versions are negotiated.
  consumeRetryEnabled: withoutEffect(flag),
  consumeRetryInterval: withoutEffect(duration('ms')),
  version: withoutEffect(text),
  clientConnectionKeepAliveInterval: withoutEffect(duration('s')),
  channelBufferSize: withoutEffect(wholeNumber(0)),
  excludeHeaderMetaRegex: optional(unsupported('excludeHeaderMetaRegex')),
  oidcTokenEndpoint: optional(oidc),
  oidcClientID: optional(oidc),
  oidcClientSecret: optional(oidc),
  oidcScopes: withoutEffect(text),
  oidcExtensions: withoutEffect(jsonObject),
  awsRegion: optional(aws, 'region'),
  awsAccessKey: optional(aws, 'accessKey'),
  awsSecretKey: optional(aws, 'secretKey'),
  awsSessionToken: optional(aws, 'sessionToken'),
  awsIamRoleArn: optional(aws, 'assumeRoleArn'),
  awsStsSessionName: optional(aws, 'sessionName'),
  schemaRegistryURL: optional(schemas),
  schemaRegistryAPIKey: optional(schemas),
  schemaRegistryAPISecret: optional(schemas),
  schemaCachingEnabled: withoutEffect(flag),
  schemaLatestVersionCacheTTL: withoutEffect(duration('s')),
};

export interface KafkaConnection {
  clientId: string;
  bootstrapBrokers: string[];
  metadataMaxAge: number;
  tls?: { ca?: string; cert?: string; key?: string; rejectUnauthorized: boolean };
  sasl?: { mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; username: string; password: string };
}

const mechanisms = { PLAINTEXT: 'PLAIN', 'SHA-256': 'SCRAM-SHA-256', 'SHA-512': 'SCRAM-SHA-512' } as const;

/** How to reach the brokers; refuses what does not fit together. */
export function kafkaConnection(settings: KafkaSettings, given: { name: string; appId: string }): KafkaConnection {
  const refuse = (why: string): ComponentError =>
    new ComponentError('ComponentInvalid', `Component "${given.name}" cannot be opened: ${why}.`);
  const authType = settings.authType ?? derivedAuthType(settings);
  if (authType === undefined) throw refuse('it lacks authType. Set it to none, password, mtls or certificate');
  const clientId = (settings.clientID ?? given.appId).replaceAll(/\s/g, '-');
  const connection: KafkaConnection = {
    clientId,
    bootstrapBrokers: settings.brokers,
    metadataMaxAge: settings.clientConnectionTopicMetadataRefreshInterval,
  };
  if (authType === 'none') return connection;
  if (!settings.disableTls) {
    if (authType === 'certificate' && settings.caCert === undefined) throw refuse('authType certificate needs caCert. Set it');
    if ((settings.clientCert === undefined) !== (settings.clientKey === undefined))
      throw refuse('clientCert and clientKey go together. Set both, or neither');
    connection.tls = {
      rejectUnauthorized: !settings.skipVerify,
      ...(settings.caCert === undefined ? {} : { ca: settings.caCert }),
      ...(settings.clientCert === undefined ? {} : { cert: settings.clientCert }),
      ...(settings.clientKey === undefined ? {} : { key: settings.clientKey }),
    };
  }
  if (authType === 'password') {
    const { saslUsername: username, saslPassword: password } = settings;
    if (!username || !password) throw refuse('authType password needs saslUsername and saslPassword. Set both');
    connection.sasl = { mechanism: mechanisms[settings.saslMechanism], username, password };
  }
  return connection;
}

/** `authRequired` is the older word, which OpenFunction's samples use. */
function derivedAuthType({ authRequired, saslPassword }: KafkaSettings): KafkaSettings['authType'] {
  if (authRequired === undefined) return undefined;
  if (!authRequired) return 'none';
  return saslPassword ? 'password' : 'mtls';
}
