import { grpcTransport, RpcError, type Transport } from '@openfunction/protocol';
import type { InstanceEndpoint } from '@openfunction/messaging';
import type { Clock } from '@openfunction/reconcile';
import { holdInstanceSocket } from '@openfunction/workload/hold-instance-socket';

/** Uses an instance while it is held. */
export type UseInstance = <T>(signal: AbortSignal, use: (endpoint: InstanceEndpoint) => Promise<T>) => Promise<T>;

interface Connection {
  key: string;
  transport: Transport;
  users: number;
  cancelClose(): void;
}

/** A connection that nobody used for so long is closed: its instance may have ended. */
const idleMs = 30_000;

/** Calls of one message each way, each of an instance that is held for as long. */
export function instanceTransport(useInstance: UseInstance, { clock }: { clock: Clock }): Transport {
  const connections = new Map<string, Connection>();

  function take(endpoint: InstanceEndpoint): Connection {
    const key = endpoint.kind === 'unix' ? endpoint.path : hostAndPort(endpoint);
    const connection = connections.get(key) ?? { key, transport: open(endpoint), users: 0, cancelClose: () => {} };
    connections.set(key, connection);
    connection.cancelClose();
    connection.users++;
    return connection;
  }

  function give(connection: Connection): void {
    if (--connection.users > 0) return;
    if (connections.get(connection.key) === connection) connection.cancelClose = clock.setTimeout(() => drop(connection), idleMs);
    else connection.transport.close();
  }

  /** Whoever uses it goes on; the next one opens another. */
  function drop(connection: Connection): void {
    if (connections.get(connection.key) === connection) connections.delete(connection.key);
    connection.cancelClose();
    if (connection.users === 0) connection.transport.close();
  }

  async function ask(endpoint: InstanceEndpoint, ...[path, requests, signal, headers]: Parameters<Transport['call']>): Promise<Answered> {
    const connection = take(endpoint);
    try {
      return await settled(connection.transport.call(path, requests, signal, headers));
    } catch (error) {
      drop(connection);
      throw error;
    } finally {
      give(connection);
    }
  }

  return {
    call: async function* (...call) {
      const { messages, refusal } = await useInstance(call[2], (endpoint) => ask(endpoint, ...call));
      if (refusal !== undefined) throw refusal;
      yield* messages;
    },
    close: () => {
      for (const connection of connections.values()) drop(connection);
    },
  };
}

interface Answered {
  messages: Uint8Array[];
  /** The app's own. */
  refusal?: RpcError;
}

/** An app that answers with an error is well; only who does not answer is not. */
async function settled(answers: AsyncIterable<Uint8Array>): Promise<Answered> {
  const messages: Uint8Array[] = [];
  try {
    for await (const message of answers) messages.push(message);
    return { messages };
  } catch (error) {
    if (error instanceof RpcError && error.code !== 'Unavailable') return { messages, refusal: error };
    throw error;
  }
}

function open(endpoint: InstanceEndpoint): Transport {
  if (endpoint.kind === 'tcp') return grpcTransport(hostAndPort(endpoint));
  const socket = holdInstanceSocket(endpoint.path);
  const transport = grpcTransport(`unix:${socket.path}`);
  return {
    call: (...call) => transport.call(...call),
    close: () => {
      transport.close();
      socket.release();
    },
  };
}

function hostAndPort({ host, port }: { host: string; port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
