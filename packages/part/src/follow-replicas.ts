import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { grpcTransport, type TlsSource, type Transport } from '@openfunction/protocol';
import { addressOf } from './holder-transport.ts';

export interface FollowReplicasOptions<T> {
  /** `host:port`, where the host is the name of a headless Service. */
  address: string;
  serverName: string;
  tls: TlsSource;
  client: (transport: Transport) => T;
  /** How often the name is looked up. Default 1 s. */
  everyMs?: number;
  resolve?: (host: string) => Promise<string[]>;
}

const addressesOf = async (host: string): Promise<string[]> => (await lookup(host, { all: true })).map(({ address }) => address);

/** All replicas of a part, by the addresses of its headless Service: told at the start and whenever they change. Each is one client for as long as it is there. */
export function followReplicas<T>(options: FollowReplicasOptions<T>): (signal: AbortSignal) => AsyncIterable<readonly T[]> {
  const { address, serverName, tls, client, everyMs = 1_000, resolve = addressesOf } = options;
  const at = address.lastIndexOf(':');
  const [name, port] = [address.slice(0, at), Number(address.slice(at + 1))];
  return async function* replicas(signal) {
    const known = new Map<string, { transport: Transport; client: T }>();
    try {
      while (!signal.aborted) {
        // A name that cannot be looked up now says nothing of who is there.
        const hosts = await resolve(name).catch(() => undefined);
        if (hosts !== undefined && update(known, hosts)) yield [...known.values()].map((one) => one.client);
        await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      }
    } finally {
      for (const { transport } of known.values()) transport.close();
    }
  };

  function update(known: Map<string, { transport: Transport; client: T }>, hosts: readonly string[]): boolean {
    const gone = [...known].filter(([host]) => !hosts.includes(host));
    const added = hosts.filter((host) => !known.has(host));
    for (const [host, { transport }] of gone) {
      known.delete(host);
      transport.close();
    }
    for (const host of added) {
      const transport = grpcTransport(addressOf(host, port), { tls, serverName });
      known.set(host, { transport, client: client(transport) });
    }
    return gone.length + added.length > 0;
  }
}
