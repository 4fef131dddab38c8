import { ComponentError } from '../component-error.ts';

export interface RabbitTriggerSettings {
  host: string;
  queueName: string;
  mode: 'QueueLength' | 'MessageRate' | undefined;
  value: number | undefined;
  queueLength: number | undefined;
  protocol: 'auto' | 'amqp' | 'http';
  vhostName: string | undefined;
  username: string | undefined;
  password: string | undefined;
  useRegex: boolean;
  pageSize: number;
  operation: 'sum' | 'max' | 'avg';
  excludeUnacknowledged: boolean;
  timeout: number | undefined;
  unsafeSsl: boolean;
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
}

/** A trigger's settings, once what they say together is decided. */
export interface RabbitTrigger extends Pick<
  RabbitTriggerSettings,
  'queueName' | 'useRegex' | 'pageSize' | 'operation' | 'excludeUnacknowledged' | 'timeout'
> {
  protocol: 'amqp' | 'http';
  mode: 'QueueLength' | 'MessageRate';
  target: number;
  /** Of the server, without the virtual host and the user. */
  address: URL;
  vhost: string;
  username: string;
  password: string;
  tls: { ca?: string; cert?: string; key?: string; rejectUnauthorized: boolean };
}

/** Of `queueLength`, the older word. */
const defaultLength = 20;

/** Refuses what does not fit together. */
export function rabbitTrigger(settings: RabbitTriggerSettings, subject: string): RabbitTrigger {
  const refuse = (why: string): ComponentError => new ComponentError('ComponentInvalid', `${subject} cannot be opened: ${why}.`);
  const { mode = 'QueueLength', value, queueLength, ca, cert, key } = settings;
  const url = URL.canParse(settings.host) ? new URL(settings.host) : undefined;
  const scheme = url?.protocol.replace(/s?:$/, '');
  if (url === undefined || (scheme !== 'amqp' && scheme !== 'http'))
    throw refuse('host is not an amqp, amqps, http or https URL. Correct it');
  if (settings.protocol !== 'auto' && settings.protocol !== scheme) throw refuse('protocol and host differ. Leave protocol out');
  if (settings.mode !== undefined && value === undefined) throw refuse('mode needs value. Set it');
  if (settings.mode === undefined && value !== undefined) throw refuse('value needs mode. Set it to QueueLength or MessageRate');
  if (queueLength !== undefined && settings.mode !== undefined)
    throw refuse('queueLength is the older word for value. Leave it out beside mode');
  if (scheme === 'amqp' && mode === 'MessageRate')
    throw refuse("mode MessageRate is known to the management plugin only. Set host to that plugin's http URL");
  if (scheme === 'amqp' && settings.useRegex)
    throw refuse("useRegex is known to the management plugin only. Set host to that plugin's http URL");
  if ((cert === undefined) !== (key === undefined)) throw refuse('cert and key go together. Set both, or neither');
  const segments = url.pathname.split('/');
  const address = new URL(url);
  address.pathname = segments.slice(0, -1).join('/');
  [address.username, address.password] = ['', ''];
  return {
    ...settings,
    protocol: scheme,
    mode,
    target: value ?? queueLength ?? defaultLength,
    address,
    vhost: settings.vhostName ?? (decoded(segments.at(-1) ?? '', refuse) || '/'),
    username: settings.username ?? (decoded(url.username, refuse) || 'guest'),
    password: settings.password ?? (url.username === '' ? 'guest' : decoded(url.password, refuse)),
    tls: {
      rejectUnauthorized: !settings.unsafeSsl,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  };
}

function decoded(part: string, refuse: (why: string) => ComponentError): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refuse('host has a percent sign that encodes nothing. Write it as %25');
  }
}
