import { ComponentError } from '../component-error.ts';
import { brokerAddresses, type KafkaConnection } from '../kafka/kafka-metadata.ts';
import { needed, optional, withDefault, withoutEffect, type Fields, type FieldsFor } from '../metadata/fields.ts';
import { flag, nonEmpty, oneOf, text } from '../metadata/parsers.ts';
import { unsupported } from '../metadata/unsupported.ts';

export interface KafkaTriggerConnection {
  bootstrapServers: string[];
  sasl: 'none' | 'plaintext' | 'scram_sha256' | 'scram_sha512';
  username: string | undefined;
  password: string | undefined;
  tls: 'enable' | 'disable';
  unsafeSsl: boolean;
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
}

/** How a trigger says where its brokers are. */
export const kafkaTriggerConnectionFields: FieldsFor<KafkaTriggerConnection> = {
  bootstrapServers: needed(brokerAddresses),
  sasl: withDefault(oneOf('none', 'plaintext', 'scram_sha256', 'scram_sha512'), 'none'),
  username: optional(nonEmpty),
  password: optional(nonEmpty),
  tls: withDefault(oneOf('enable', 'disable'), 'disable'),
  unsafeSsl: withDefault(flag, false),
  ca: optional(nonEmpty),
  cert: optional(nonEmpty),
  key: optional(nonEmpty),
};

const kerberos = unsupported('Kerberos');
const oauth = unsupported('OAuth');
const aws = unsupported('AWS IAM');

/** What KEDA documents beside that. */
export const kafkaTriggerOtherFields: Fields = {
  // Versions are negotiated.
  version: withoutEffect(text),
  keyPassword: optional(unsupported('an encrypted key')),
  keytab: optional(kerberos),
  realm: optional(kerberos),
  kerberosConfig: optional(kerberos),
  kerberosServiceName: optional(kerberos),
  kerberosDisableFAST: optional(kerberos),
  saslTokenProvider: optional(oauth),
  oauthTokenEndpointUri: optional(oauth),
  scopes: optional(oauth),
  oauthExtensions: optional(oauth),
  awsRegion: optional(aws),
  awsRoleArn: optional(aws),
  awsAccessKeyID: optional(aws),
  awsSecretAccessKey: optional(aws),
};

const mechanisms = { plaintext: 'PLAIN', scram_sha256: 'SCRAM-SHA-256', scram_sha512: 'SCRAM-SHA-512' } as const;

/** Refuses what does not fit together. */
export function kafkaTriggerConnection(settings: KafkaTriggerConnection, subject: string): KafkaConnection {
  const refuse = (why: string): ComponentError => new ComponentError('ComponentInvalid', `${subject} cannot be opened: ${why}.`);
  const { sasl, username, password, ca, cert, key } = settings;
  if ((cert === undefined) !== (key === undefined)) throw refuse('cert and key go together. Set both, or neither');
  const connection: KafkaConnection = {
    clientId: 'openfunction-scaler',
    bootstrapBrokers: settings.bootstrapServers,
    metadataMaxAge: 60_000,
  };
  if (settings.tls === 'enable')
    connection.tls = {
      rejectUnauthorized: !settings.unsafeSsl,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    };
  if (sasl === 'none') return connection;
  if (username === undefined || password === undefined) throw refuse(`sasl ${sasl} needs username and passwordFromEnv. Set both`);
  connection.sasl = { mechanism: mechanisms[sasl], username, password };
  return connection;
}
