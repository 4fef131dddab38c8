import { RpcError, type RpcErrorCode } from '@openfunction/protocol';
import { ApiError } from '../api/api-error.ts';
import { rpcCodeOf } from './rpc-code-of.ts';

/** Where the gRPC code is another than its HTTP status says. */
const codes: Record<string, RpcErrorCode> = {
  ERR_SECRET_STORE_NOT_FOUND: 'InvalidArgument',
  ERR_PUBSUB_NOT_FOUND: 'InvalidArgument',
  ERR_PUBSUB_EMPTY: 'InvalidArgument',
  ERR_TOPIC_NAME_EMPTY: 'InvalidArgument',
  ERR_PUBSUB_NOT_CONFIGURED: 'FailedPrecondition',
  ERR_STATE_STORE_NOT_CONFIGURED: 'FailedPrecondition',
  ERR_SECRET_STORES_NOT_CONFIGURED: 'FailedPrecondition',
  ERR_CONFIGURATION_STORE_NOT_CONFIGURED: 'FailedPrecondition',
  ERR_LOCK_STORE_NOT_CONFIGURED: 'FailedPrecondition',
  ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED: 'FailedPrecondition',
};

/** The same failure for a caller over gRPC; the code of the API stands before its words. */
export function rpcFailure(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  const { code, status, message, cause } = ApiError.from(error);
  return new RpcError(codes[code] ?? rpcCodeOf(status), `${code}: ${message}`, { cause });
}
