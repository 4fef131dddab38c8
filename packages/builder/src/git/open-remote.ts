import type { HttpClient } from 'isomorphic-git';
import { BuildError } from '../build-error.ts';
import { sourceGuard } from '../fetch/source-guard.ts';
import type { GitCredentials } from './credentials.ts';
import { guardedHttp } from './guarded-http.ts';
import type { TransferLimit } from './transfer-limit.ts';
import { sshTransport } from './ssh-transport.ts';

export interface RemoteOptions {
  url: URL;
  credentials: GitCredentials | undefined;
  /** See SourceRules. */
  addresses: readonly string[];
  /** Of everything that the server sends. */
  limit: TransferLimit;
}

export interface Remote extends Disposable {
  http: HttpClient;
  /** What the library is told, which knows http alone. */
  address: string;
}

/** How a repository is spoken to; throws BuildError when its credentials are of the wrong kind, or would be seen by others. */
export function openRemote({ url, credentials, addresses, limit }: RemoteOptions): Remote {
  const guard = sourceGuard(addresses);
  if (url.protocol === 'ssh:') {
    if (credentials?.kind !== 'ssh')
      throw new BuildError(
        'SecretNotFound',
        `The source "${url.href}" needs a key: give srcRepo.credentials the name of a Secret of type kubernetes.io/ssh-auth with ssh-privatekey and known_hosts.`,
      );
    const http = sshTransport({ url, credentials, guard, limit });
    return { http, address: 'http://ssh.invalid/', [Symbol.dispose]: () => http.close() };
  }
  return {
    http: guardedHttp({ url, authorization: authorizationFor(url, credentials), guard, addresses, limit }),
    address: url.href,
    [Symbol.dispose]: () => undefined,
  };
}

/** Credentials travel under TLS, or to this very machine. */
function authorizationFor(url: URL, credentials: GitCredentials | undefined): string | undefined {
  if (credentials === undefined) return undefined;
  if (credentials.kind === 'ssh')
    throw new BuildError(
      'SecretNotFound',
      `The source "${url.href}" takes a user and a password, and srcRepo.credentials names an SSH key. Use the repository's ssh address, or a Secret of type kubernetes.io/basic-auth.`,
    );
  if (url.protocol !== 'https:' && !['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname))
    throw new BuildError('SourceRefused', `The credentials of srcRepo would be sent to ${url.host} in clear. Use its https address.`);
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}
