import { isIP } from 'node:net';
import { ComponentError } from '../component-error.ts';
import { jetStreamView, type JetStreamConsumer } from './jetstream-view.ts';
import type { JsonEndpoint } from './json-endpoint.ts';

export interface JetStreamMonitoring {
  lag(signal: AbortSignal): Promise<number>;
}

const mostServers = 32;

/** Asks a server, and in a cluster goes on to the one that leads the consumer: server `n2` of `nats:8222` is `n2.nats:8222`, as in Kubernetes. */
export function jetStreamMonitoring(url: URL, wanted: JetStreamConsumer, endpoint: JsonEndpoint): JetStreamMonitoring {
  /** The server that knew it last. */
  let home: string | undefined;

  async function lag(signal: AbortSignal): Promise<number> {
    const todo = [home];
    home = undefined;
    const asked = new Set<string | undefined>();
    for (let server = todo.shift(); asked.size < mostServers; server = todo.shift()) {
      asked.add(server);
      const view = jetStreamView(await endpoint.get(urlOf(url, server), signal), wanted, server);
      if (view === undefined)
        throw new ComponentError(
          'ComponentUnavailable',
          "NATS' monitoring answered with something else than /jsz does. Is natsServerMonitoringEndpoint right?",
        );
      if (view.lag !== undefined) {
        home = server;
        return view.lag;
      }
      if (view.leader !== undefined) todo.unshift(view.leader);
      else todo.push(...view.others);
      while (todo.length > 0 && asked.has(todo[0])) todo.shift();
      if (todo.length === 0) break;
    }
    throw new ComponentError(
      'ComponentUnavailable',
      `NATS' monitoring knows no stream "${wanted.stream}" of account "${wanted.account}", or nobody who leads its consumer now. Are both names right?`,
    );
  }

  return { lag };
}

function urlOf(url: URL, server: string | undefined): URL {
  if (server === undefined) return url;
  const host = url.hostname;
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0 || !/^\w[\w-]{0,62}$/.test(server))
    throw new ComponentError(
      'OperationNotSupported',
      `The consumer is kept by server "${server}" of a cluster, which has no name below "${host}". Give natsServerMonitoringEndpoint a name below which each server has its own, such as that of a headless Service.`,
    );
  const other = new URL(url);
  other.hostname = `${server}.${host}`;
  return other;
}
