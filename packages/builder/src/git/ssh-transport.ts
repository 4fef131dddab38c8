import { connect as connectSocket, type Socket } from 'node:net';
import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import type { Client, ClientChannel, ServerHostKeyAlgorithm } from 'ssh2';
import { BuildError } from '../build-error.ts';
import type { AddressGuard } from '@openfunction/artifact';
import type { GitCredentials } from './credentials.ts';
import { hostKeys } from './known-hosts.ts';
import { advertisement } from './pkt-line.ts';
import type { TransferLimit } from './transfer-limit.ts';

export interface SshTransportOptions {
  url: URL;
  credentials: Extract<GitCredentials, { kind: 'ssh' }>;
  guard: AddressGuard;
  /** Of everything that the server sends. */
  limit: TransferLimit;
}

const idleMs = 60_000;

/**
 * Git over SSH, in the shape of the requests that git makes over HTTP: the first one starts `git-upload-pack` on the
 * other side and answers what it advertises, the second one goes on with the same program.
 */
export function sshTransport(options: SshTransportOptions): HttpClient & { close(): void } {
  let client: Promise<Client> | undefined;
  let channel: { stream: ClientChannel; output: AsyncIterator<Uint8Array> } | undefined;

  async function* counted(stream: ClientChannel): AsyncGenerator<Uint8Array> {
    let said = '';
    stream.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-500)));
    let isEmpty = true;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      isEmpty = false;
      options.limit.count(chunk.length);
      yield chunk;
    }
    if (isEmpty) throw new Error(said.trim() || 'the server closed the connection without a word');
  }

  const open = async (): Promise<NonNullable<typeof channel>> => {
    const connected = await (client ??= connect(options));
    const path = decodeURIComponent(options.url.pathname).replace(/^\/~/, '~');
    const stream = await new Promise<ClientChannel>((resolve, reject) => {
      // The path has no character that means anything between these quotes; see sourceUrl.
      connected.exec(`git-upload-pack '${path}'`, (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    return { stream, output: counted(stream)[Symbol.asyncIterator]() };
  };

  return {
    request: async ({ url, method = 'GET', body }: GitHttpRequest): Promise<GitHttpResponse> => {
      const answer = { url, method, statusCode: 200, statusMessage: 'OK' };
      if (method === 'GET') {
        channel?.stream.destroy();
        channel = await open();
        const refs = await advertisement(channel.output);
        return { ...answer, headers: { 'content-type': 'application/x-git-upload-pack-advertisement' }, body: refs };
      }
      const { stream, output } = channel ?? (await open());
      channel = undefined;
      for await (const chunk of body ?? []) stream.write(chunk);
      stream.end();
      return {
        ...answer,
        headers: { 'content-type': 'application/x-git-upload-pack-result' },
        body: { [Symbol.asyncIterator]: () => output, next: () => output.next() } as AsyncIterableIterator<Uint8Array>,
      };
    },
    close: () => {
      void client?.then((connected) => connected.destroy()).catch(() => undefined);
    },
  };
}

async function connect({ url, credentials, guard }: SshTransportOptions): Promise<Client> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 22 : Number(url.port);
  const known = hostKeys(credentials.knownHosts, { host, port });
  if (known.types.length === 0) throw untrusted(url, 'its key is not among the known hosts');
  // Whoever only starts builds does not carry the client.
  const { default: ssh } = await import('ssh2');
  if (ssh.utils.parseKey(credentials.privateKey) instanceof Error)
    throw new BuildError(
      'SecretNotFound',
      'The ssh-privatekey of srcRepo.credentials cannot be read: it is no private key, or has a passphrase. Give one without a passphrase.',
    );
  const socket = await connectChecked(guard, host, port);
  const client = new ssh.Client();
  let isTrusted = true;
  return new Promise((resolve, reject) => {
    client.on('ready', () => resolve(client));
    client.on('error', (error: Error & { level?: string }) => {
      socket.destroy();
      if (!isTrusted) return reject(untrusted(url, 'its key is not the one among the known hosts'));
      if (error.level === 'client-authentication')
        return reject(
          new BuildError(
            'SourceNotFound',
            `The source "${url.href}" does not take the key of srcRepo.credentials. Let the repository accept its public half.`,
            { cause: error },
          ),
        );
      reject(error);
    });
    client.connect({
      sock: socket,
      username: url.username === '' ? 'git' : url.username,
      privateKey: credentials.privateKey,
      readyTimeout: idleMs,
      keepaliveInterval: idleMs / 2,
      keepaliveCountMax: 2,
      algorithms: { serverHostKey: algorithmsOf(known.types) },
      hostVerifier: (key: Buffer) => (isTrusted = known.isTrusted(key)),
    });
  });
}

/** A host shows the key that it is asked for: asked is what is known of it. */
function algorithmsOf(types: readonly string[]): ServerHostKeyAlgorithm[] {
  return types.flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type])) as ServerHostKeyAlgorithm[];
}

function connectChecked(guard: AddressGuard, host: string, port: number): Promise<Socket> {
  guard.assertHost(host);
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port, lookup: guard.lookup, timeout: idleMs });
    socket.on('connect', () => resolve(socket));
    socket.on('timeout', () => socket.destroy(new Error(`${host} does not answer`)));
    socket.on('error', reject);
  });
}

function untrusted({ host }: URL, why: string): BuildError {
  return new BuildError(
    'SourceRefused',
    `The host ${host} is not trusted: ${why}. Put the output of "ssh-keyscan ${host.replace(/:\d+$/, '')}", once you have checked it, into known_hosts of the Secret that srcRepo.credentials names.`,
  );
}
