import { ComponentError } from '../component-error.ts';

export interface JetStreamConsumer {
  account: string;
  accountID: string;
  stream: string;
  consumer: string;
}

interface Monitored {
  account_details?: { name?: string; id?: string; stream_detail?: Stream[] }[];
}

interface Stream {
  name?: string;
  state?: { last_seq?: number };
  consumer_detail?: Consumer[];
}

interface Consumer {
  name?: string;
  num_pending?: number;
  num_ack_pending?: number;
  cluster?: { replicas?: unknown[] };
}

/** The lag of a consumer in what `/jsz` answers. Of a consumer that is not there yet, all that the stream ever had is still to come. */
export function jetStreamLag(answer: unknown, wanted: JetStreamConsumer): number {
  const accounts = listOf((answer as Monitored | null)?.account_details);
  const account = accounts.find(({ name, id }) => name === wanted.account || name === wanted.accountID || id === wanted.accountID);
  const stream = listOf(account?.stream_detail).find(({ name }) => name === wanted.stream);
  if (stream === undefined)
    throw new ComponentError(
      'ComponentUnavailable',
      `NATS' monitoring knows no stream "${wanted.stream}" of account "${wanted.account}" at this server. Are both names right, and is it this server that has the stream?`,
    );
  const consumer = listOf(stream.consumer_detail).find(({ name }) => name === wanted.consumer);
  if (consumer === undefined) return numberOf(stream.state?.last_seq);
  if (listOf(consumer.cluster?.replicas).length > 0)
    throw new ComponentError(
      'OperationNotSupported',
      `Consumer "${wanted.consumer}" has replicas, and only the server that leads it knows its lag. Use a prometheus trigger with the exporter of NATS, or a consumer without replicas.`,
    );
  return numberOf(consumer.num_pending) + numberOf(consumer.num_ack_pending);
}

function listOf<T>(value: T[] | undefined): T[] {
  return Array.isArray(value) ? value : [];
}

function numberOf(value: unknown): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw new ComponentError(
    'ComponentUnavailable',
    "NATS' monitoring answered with something else than /jsz does. Is natsServerMonitoringEndpoint right?",
  );
}
