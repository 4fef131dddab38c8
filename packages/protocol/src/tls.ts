import { ChannelCredentials, experimental, ServerCredentials } from '@grpc/grpc-js';

/** PEM: a certificate with its key, and the authority whose certificates the other side is believed by. */
export interface TlsIdentity {
  authority: Buffer;
  certificate: Buffer;
  key: Buffer;
}

/** An identity that is renewed while it is in use: new connections have the newest, and those that are open stay. */
export interface TlsSource {
  current(): TlsIdentity;
  /** Told after each change; the answer ends it. */
  subscribe(listener: () => void): () => void;
}

type Provider = experimental.CertificateProvider;

function sourceOf(tls: TlsIdentity | TlsSource): TlsSource {
  return 'current' in tls ? tls : { current: () => tls, subscribe: () => () => undefined };
}

/** Tells grpc-js of the identity soon and with every change. */
function providerOf(source: TlsSource): Provider {
  const stops = new Map<unknown, () => void>();
  const follow = (listener: unknown, tell: () => void): void => {
    // It can take the first one only after it has added its own listeners.
    process.nextTick(tell);
    stops.set(listener, source.subscribe(tell));
  };
  const leave = (listener: unknown): void => {
    stops.get(listener)?.();
    stops.delete(listener);
  };
  return {
    addCaCertificateListener: (listener) => follow(listener, () => listener({ caCertificate: source.current().authority })),
    addIdentityCertificateListener: (listener) =>
      follow(listener, () => listener({ certificate: source.current().certificate, privateKey: source.current().key })),
    removeCaCertificateListener: leave,
    removeIdentityCertificateListener: leave,
  };
}

/** Believes servers of the identity's authority. Without an identity nothing is encrypted. */
export function channelCredentials(tls: TlsIdentity | TlsSource | undefined): ChannelCredentials {
  if (tls === undefined) return ChannelCredentials.createInsecure();
  const provider = providerOf(sourceOf(tls));
  return experimental.createCertificateProviderChannelCredentials(provider, provider);
}

/** Takes only clients with a certificate of the same authority. */
export function serverCredentials(tls: TlsIdentity | TlsSource | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const provider = providerOf(sourceOf(tls));
  return experimental.createCertificateProviderServerCredentials(provider, provider, true);
}
