import type { AppTokens } from './app-tokens.ts';

export interface BuildingBlocksAddress {
  host: string;
  httpPort: number;
  /** Absent where there is no gRPC for this function. */
  grpcPort?: number;
}

/** Variables that tell a function where its building blocks are, by all names that frameworks and Dapr's SDKs have for it, and who it is there. */
export function appEnvironment({ host, httpPort, grpcPort }: BuildingBlocksAddress, tokens: AppTokens): Record<string, string> {
  return {
    DAPR_HTTP_ENDPOINT: `http://${host}:${httpPort}`,
    DAPR_HOST: host,
    // Of Dapr's own SDK for Python.
    DAPR_RUNTIME_HOST: host,
    DAPR_HTTP_PORT: String(httpPort),
    ...(grpcPort === undefined ? {} : { DAPR_GRPC_ENDPOINT: `${host}:${grpcPort}`, DAPR_GRPC_PORT: String(grpcPort) }),
    DAPR_API_TOKEN: tokens.api,
    APP_API_TOKEN: tokens.app,
  };
}
