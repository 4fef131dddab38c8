import { randomUUID } from 'node:crypto';
import type { Envelope } from 'rabbitmq-client';
import { duration, parseOrRefuse, wholeNumber } from '../metadata/parsers.ts';

export interface EnvelopeDefaults {
  isDurable: boolean;
  contentType: string;
  ttlMs: number | undefined;
}

const ofMessage = (name: string): string => `Metadata "${name}" of the message`;

/** What Dapr's metadata of a message says to RabbitMQ; a message has a name of its own, the same at each delivery. */
export function envelopeOf(metadata: Record<string, string> = {}, { isDurable, contentType, ttlMs }: EnvelopeDefaults): Envelope {
  const { ttlInSeconds, priority, messageID, correlationID, type } = metadata;
  const ttl = ttlInSeconds === undefined ? ttlMs : parseOrRefuse(duration('s'), ttlInSeconds, ofMessage('ttlInSeconds'));
  return {
    durable: isDurable,
    contentType,
    // Without an encoding the client that reads makes text or an object of the bytes, and not all of them survive that.
    contentEncoding: 'identity',
    messageId: messageID ?? randomUUID(),
    ...(correlationID === undefined ? {} : { correlationId: correlationID }),
    ...(type === undefined ? {} : { type }),
    ...(ttl === undefined ? {} : { expiration: String(Math.round(ttl)) }),
    ...(priority === undefined ? {} : { priority: parseOrRefuse(wholeNumber(0, 255), priority, ofMessage('priority')) }),
  };
}
