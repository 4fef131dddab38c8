import { existsSync, readFileSync } from 'node:fs';
import { ClientError, loadKubeconfig, type LoadedKubeconfig } from '@openfunction/client';
import type { ChosenKubeconfig } from './choose-kubeconfig.ts';

/**
 * Reads who asks whom. What is whole in one file is read here, which is quick; references to files, login plugins and
 * several files are left to the library that a cluster needs anyway.
 */
export async function loadConnection({ files, because }: ChosenKubeconfig, context: string | undefined): Promise<LoadedKubeconfig> {
  const [only = ''] = files;
  if (!existsSync(only)) {
    throw new ClientError('Unreachable', `There is no platform to talk to: ${only} does not exist (chosen because: ${because}).`);
  }
  if (files.length > 1) return byLibrary(files, context);
  try {
    return await loadKubeconfig(readFileSync(only, 'utf8'), context);
  } catch (error) {
    if (!(error instanceof ClientError && error.needs === 'library')) throw error;
    return byLibrary(files, context);
  }
}

async function byLibrary(kubeconfigs: readonly string[], context: string | undefined): Promise<LoadedKubeconfig> {
  const { clusterConnection } = await import('@openfunction/kube');
  const {
    server,
    tls,
    headers,
    namespace,
    context: chosen,
  } = await clusterConnection({ kubeconfigs, context }).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ClientError('BadKubeconfig', `The kubeconfig cannot be used: ${why}`, { cause });
  });
  const connection = {
    server,
    headers,
    ca: text(tls.ca),
    clientCertificate: text(tls.cert),
    clientKey: text(tls.key),
    skipTlsVerify: tls.rejectUnauthorized === false,
    serverName: tls.servername,
  };
  return { connection, context: chosen, namespace };
}

function text(pem: string | Buffer | undefined): string | undefined {
  return pem?.toString();
}
