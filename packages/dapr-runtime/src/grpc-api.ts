import type { GrpcApiOptions } from './grpc/serve-grpc.ts';

/** Serves Dapr's gRPC API; what gRPC needs is loaded when it is called. */
export async function serveGrpcApi(options: GrpcApiOptions): Promise<{ port: number; close(): Promise<void> }> {
  const { serveGrpc } = await import('./grpc/serve-grpc.ts');
  return serveGrpc(options);
}
