import { grpcServer, RpcError } from '@openfunction/protocol';
import { serveDapr } from '@openfunction/protocol/dapr';
import type { DaprApp } from '../app/dapr-app.ts';
import { sameToken } from '../http/same-token.ts';
import type { FindChannel } from '../http/invoke-routes.ts';
import { daprService, refusedMethods, type CallerOf } from './dapr-service.ts';

export interface GrpcApiOptions {
  host: string;
  port: number;
  /** With several apps, the token says which one calls. */
  apps(): readonly DaprApp[];
  findChannel: FindChannel;
  maxBodyBytes: number;
}

/** Serves Dapr's gRPC API. */
export async function serveGrpc({
  host,
  port,
  apps,
  findChannel,
  maxBodyBytes,
}: GrpcApiOptions): Promise<{ port: number; close(): Promise<void> }> {
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
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return grpcServer({ address, services: [service], maxMessageBytes: maxBodyBytes });
}
