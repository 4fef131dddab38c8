import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { secretKind, type Key } from '@openfunction/resources';
import type { Store } from '@openfunction/store';

/** What a part has of TLS, as PEM. */
export interface Files {
  ca: string;
  cert: string;
  key: string;
}

export async function putSecret(store: Store, key: Key, data: Record<string, string>): Promise<void> {
  const encoded = Object.fromEntries(Object.entries(data).map(([file, text]) => [file, Buffer.from(text).toString('base64')]));
  await store.create(secretKind, { apiVersion: 'v1', kind: 'Secret', metadata: { ...key }, data: encoded });
}

export async function filesIn(store: Store, key: Key): Promise<Files> {
  const { data = {} } = (await store.get(secretKind, key)) ?? {};
  const text = (file: string): string => Buffer.from(data[file] ?? '', 'base64').toString();
  return { ca: text('ca.crt'), cert: text('tls.crt'), key: text('tls.key') };
}

/** Whether both ends take each other, by the real TLS of this process; a client without a certificate is taken as it is. */
export async function meet(server: Files, client: Pick<Files, 'ca'> & Partial<Files>, servername: string): Promise<boolean> {
  const asks = client.cert !== undefined;
  const listening = createServer({ ...server, requestCert: asks, rejectUnauthorized: asks }, (socket) => socket.end('hi')).listen(
    0,
    '127.0.0.1',
  );
  listening.on('tlsClientError', () => undefined);
  await once(listening, 'listening');
  const socket = connect({ ...client, servername, host: '127.0.0.1', port: (listening.address() as AddressInfo).port });
  let said = '';
  socket.on('data', (bytes: Buffer) => (said += bytes.toString()));
  socket.on('error', () => undefined);
  await new Promise((closed) => socket.once('close', closed));
  listening.close();
  return said === 'hi';
}
