import { grpcTransport, type TlsSource, type Transport } from '@openfunction/protocol';

export interface HolderTransportOptions {
  holderHost: () => string | undefined;
  port: number;
  /** Name in the certificates of the part. */
  serverName: string;
  tls: TlsSource;
}

/** Who has just taken the Lease may not listen yet. */
const waitMs = 5_000;

/** A transport to whoever holds the Lease now. */
export function holderTransport({ holderHost, port, serverName, tls }: HolderTransportOptions): {
  current: () => Transport | undefined;
  close(): void;
} {
  let known: { host: string; transport: Transport } | undefined;
  return {
    current: () => {
      const host = holderHost();
      if (host === known?.host) return known?.transport;
      known?.transport.close();
      known = host === undefined ? undefined : { host, transport: grpcTransport(addressOf(host, port), { tls, serverName, waitMs }) };
      return known?.transport;
    },
    close: () => known?.transport.close(),
  };
}

/** As gRPC writes an address; IPv6 in brackets. */
export function addressOf(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
