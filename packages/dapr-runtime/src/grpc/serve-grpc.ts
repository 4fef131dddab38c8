import { grpcServer, RpcError } from '@openfunction/protocol';
import { serveDapr } from '@openfunction/protocol/dapr';
import type { DaprApp } from '../app/dapr-app.ts';
import { sameToken } from '../http/same-token.ts';
import type { FindChannel } from '../http/invoke-routes.ts';
import { daprService, refusedMethods, type CallerOf } from './dapr-service.ts';

export type GrpcApiOptions = ServedApps & ({ host: string; port: number } | { path: string });

interface ServedApps {
  /** With several apps, the token says which one calls. */
  apps(): readonly DaprApp[];
  findChannel: FindChannel;
  maxBodyBytes: number;
}

/** Serves Dapr's gRPC API. */
export async function serveGrpc(options: GrpcApiOptions): Promise<{ port: number; close(): Promise<void> }> {
  const { apps, findChannel, maxBodyBytes } = options;
  const callerOf: CallerOf = ({ headers }) => {
    const found = apps().find(({ token }) =>
      token === undefined ? apps().length === 1 : sameToken(token, headers['dapr-api-token'] ?? ''),
    );
    if (found !== undefined) return found;
    throw new RpcError(
      'Unauthenticated',
      'ERR_UNAUTHORIZED: The call has no valid token. Send the token of the app as metadata "dapr-api-token".',
    );
  };
  const service = serveDapr(daprService(callerOf, findChannel), (method) => refusedMethods[method]?.(), Object.keys(refusedMethods));
  return grpcServer({ address: addressOf(options), services: [service], maxMessageBytes: maxBodyBytes });
}

function addressOf(options: GrpcApiOptions): string {
  if ('path' in options) return `unix:${options.path}`;
  return `${options.host.includes(':') ? `[${options.host}]` : options.host}:${options.port}`;
}
