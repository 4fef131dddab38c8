export interface JetStreamConsumer {
  account: string;
  accountID: string;
  stream: string;
  consumer: string;
}

/** What one server tells of a consumer. */
export interface JetStreamView {
  /** Absent where this server does not have the stream, or only follows the one that leads the consumer. */
  lag?: number;
  leader?: string;
  /** Servers of the same cluster, as far as this one tells. */
  others: string[];
}

interface Monitored {
  account_details?: { name?: string; id?: string; stream_detail?: Stream[] }[];
  meta_cluster?: Cluster;
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
  cluster?: Cluster;
}

interface Cluster {
  leader?: string;
  replicas?: { name?: string }[];
}

/**
 * Reads what `/jsz` of a server answers; `server` is its name, where that is known.
 * Of a replicated consumer only the leader's figures count: those of the others are of some time ago.
 * Of a consumer that is not there yet, all that the stream ever had is still to come.
 */
export function jetStreamView(answer: unknown, wanted: JetStreamConsumer, server?: string): JetStreamView | undefined {
  const { account_details: details, meta_cluster: cluster } = (answer ?? {}) as Monitored;
  const others = [cluster?.leader, ...listOf(cluster?.replicas).map((each) => each?.name)].filter((name) => typeof name === 'string');
  const account = listOf(details).find(
    (each) => each?.name === wanted.account || each?.name === wanted.accountID || each?.id === wanted.accountID,
  );
  const stream = listOf(account?.stream_detail).find((each) => each?.name === wanted.stream);
  if (stream === undefined) return { others };
  const consumer = listOf(stream.consumer_detail).find((each) => each?.name === wanted.consumer);
  if (consumer === undefined) return viewOf(numberOf(stream.state?.last_seq), others);
  const leader = consumer.cluster?.leader;
  if (listOf(consumer.cluster?.replicas).length > 0 && typeof leader === 'string' && leader !== server) return { leader, others };
  return viewOf(sumOf(numberOf(consumer.num_pending), numberOf(consumer.num_ack_pending)), others);
}

/** Nothing where the answer is none of `/jsz`. */
function viewOf(lag: number | undefined, others: string[]): JetStreamView | undefined {
  return lag === undefined ? undefined : { lag, others };
}

function sumOf(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left + right;
}

function listOf<T>(value: T[] | undefined): (T | undefined)[] {
  return Array.isArray(value) ? value : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
