import { getCACertificates } from 'node:tls';
import type { buildConnector } from 'undici';
import { addressGuard, ArtifactError } from '@openfunction/artifact';
import type { RegistryOptions } from './registry-artifacts.ts';

/** Connects to registries that users name, and to where those redirect: to no address of this machine or of its cloud, unless an operator named it. */
export async function registryConnector(options: RegistryOptions): Promise<buildConnector.connector> {
  const { buildConnector } = await import('undici');
  const { certificates, allowedAddresses = [], timeoutMs = 30_000 } = options;
  const guard = addressGuard({
    allowed: allowedAddresses,
    refused: (host) =>
      new ArtifactError(
        'RegistryDenied',
        `The registry host ${host} is refused: it is loopback, link-local or a metadata service. Name another registry; an operator may allow this one by the setting build.allowedAddresses.`,
      ),
  });
  const timeout = Math.min(timeoutMs, 10_000);
  const given = { timeout, ...(certificates === undefined ? {} : { ca: [...getCACertificates('default'), certificates] }) };
  const connect = buildConnector(given);
  const connectGuarded = buildConnector({ ...given, lookup: guard.lookup });
  return (target, done) => {
    if (target.protocol === 'http:' && isPlain(options, target.host ?? '')) return connect(target, done);
    try {
      guard.assertHost(target.hostname);
    } catch (error) {
      return done(error as Error, null);
    }
    connectGuarded(target, done);
  };
}

/** Whether an operator has said that this host is spoken to without TLS. */
export function isPlain({ plainHttp, plainLoopback = false }: RegistryOptions, host: string): boolean {
  return plainHttp.includes(host) || (plainLoopback && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host));
}
