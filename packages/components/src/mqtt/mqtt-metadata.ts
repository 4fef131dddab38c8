import type { IClientOptions } from 'mqtt';
import { ComponentError } from '../component-error.ts';
import { needed, optional, withDefault, type FieldsFor } from '../metadata/fields.ts';
import { flag, nonEmpty, type Parser } from '../metadata/parsers.ts';

export interface MqttSettings {
  url: URL;
  consumerID: string | undefined;
  retain: boolean;
  cleanSession: boolean;
  caCert: string | undefined;
  clientCert: string | undefined;
  clientKey: string | undefined;
}

const protocols: Record<string, 'mqtt' | 'mqtts' | 'ws' | 'wss'> = {
  'tcp:': 'mqtt',
  'mqtt:': 'mqtt',
  'ssl:': 'mqtts',
  'tls:': 'mqtts',
  'tcps:': 'mqtts',
  'mqtts:': 'mqtts',
  'ws:': 'ws',
  'wss:': 'wss',
};

const brokerUrl: Parser<URL> = {
  says: 'a URL such as "tcp://user:password@host:1883", or one of ssl, ws, wss',
  parse: (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    return url !== undefined && protocols[url.protocol] !== undefined && url.hostname !== '' ? url : undefined;
  },
};

/** What pub/sub and the binding have in common. */
export const mqttFields: FieldsFor<MqttSettings> = {
  url: needed(brokerUrl),
  consumerID: optional(nonEmpty),
  retain: withDefault(flag, false),
  cleanSession: withDefault(flag, false),
  caCert: optional(nonEmpty),
  clientCert: optional(nonEmpty),
  clientKey: optional(nonEmpty),
};

/** How to reach the broker, as MQTT 3.1.1. */
export function mqttConnection({ url, caCert, clientCert, clientKey }: MqttSettings, name: string): IClientOptions {
  if ((clientCert === undefined) !== (clientKey === undefined))
    throw new ComponentError(
      'ComponentInvalid',
      `Component "${name}" cannot be opened: clientCert and clientKey go together. Set both, or neither.`,
    );
  const protocol = protocols[url.protocol] ?? 'mqtt';
  return {
    protocol,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 }[protocol],
    ...(protocol.startsWith('ws') ? { path: url.pathname } : {}),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    ...(caCert === undefined ? {} : { ca: caCert }),
    ...(clientCert === undefined ? {} : { cert: clientCert }),
    ...(clientKey === undefined ? {} : { key: clientKey }),
    protocolVersion: 4,
    keepalive: 15,
    connectTimeout: 5_000,
    reconnectPeriod: 1_000,
    // Else the client ends for good when a broker that has just started refuses once.
    reconnectOnConnackError: true,
  };
}
