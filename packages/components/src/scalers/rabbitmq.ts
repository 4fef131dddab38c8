import { needed, optional, withDefault, withoutEffect } from '../metadata/fields.ts';
import { duration, flag, nonEmpty, oneOf, text, wholeNumber } from '../metadata/parsers.ts';
import { unsupported } from '../metadata/unsupported.ts';
import { decimal, positiveDecimal } from './decimal.ts';
import { metricName } from './metric-name.ts';
import { rabbitQueueByAmqp } from './rabbit-queue-by-amqp.ts';
import { rabbitQueueByHttp } from './rabbit-queue-by-http.ts';
import { rabbitTrigger } from './rabbit-trigger.ts';
import { scalerType, type ScalerType } from './scaler-type.ts';

const azure = unsupported('Azure AD');

/** `rabbitmq`: what is ready in a queue (by AMQP), what is in it at all (by HTTP), or how fast it grows (MessageRate, by HTTP). */
export const rabbitScaler: ScalerType = scalerType({
  secrets: ['password', 'key'],
  fields: {
    host: needed(nonEmpty),
    queueName: needed(nonEmpty),
    mode: optional(oneOf('QueueLength', 'MessageRate')),
    value: optional(positiveDecimal),
    queueLength: optional(wholeNumber(1)),
    activationValue: withDefault(decimal, 0),
    protocol: withDefault(oneOf('auto', 'amqp', 'http'), 'auto'),
    vhostName: optional(nonEmpty),
    username: optional(nonEmpty),
    password: optional(text),
    useRegex: withDefault(flag, false),
    pageSize: withDefault(wholeNumber(1, 500), 100),
    operation: withDefault(oneOf('sum', 'max', 'avg'), 'sum'),
    excludeUnacknowledged: withDefault(flag, false),
    timeout: optional(duration('ms')),
    unsafeSsl: withDefault(flag, false),
    // The scheme of host says it.
    tls: withoutEffect(oneOf('enable', 'disable')),
    ca: optional(nonEmpty),
    cert: optional(nonEmpty),
    key: optional(nonEmpty),
    keyPassword: optional(unsupported('an encrypted key')),
    workloadIdentityResource: optional(azure),
  },
  open: (settings, context) => {
    const trigger = rabbitTrigger(settings, context.subject);
    const queue = trigger.protocol === 'amqp' ? rabbitQueueByAmqp(trigger, context) : rabbitQueueByHttp(trigger);
    return {
      metricName: metricName(`rabbitmq-${settings.queueName}`),
      target: trigger.target,
      read: async (signal) => {
        const { messages, rate } = await queue.read(signal);
        const value = trigger.mode === 'QueueLength' ? messages : rate;
        // A queue that nobody adds to is still to be emptied.
        return { value, isActive: Math.max(value, messages) > settings.activationValue };
      },
      close: queue.close,
    };
  },
});
