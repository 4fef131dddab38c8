import type { RpcErrorCode } from '@openfunction/protocol';

const byStatus: Record<number, RpcErrorCode> = {
  400: 'InvalidArgument',
  401: 'Unauthenticated',
  403: 'PermissionDenied',
  404: 'NotFound',
  409: 'Aborted',
  503: 'Unavailable',
};

/** The gRPC code that says what an HTTP status says. */
export function rpcCodeOf(status: number): RpcErrorCode {
  return byStatus[status] ?? 'Internal';
}
