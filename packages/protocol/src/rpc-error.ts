export type RpcErrorCode =
  | 'Canceled'
  | 'InvalidArgument'
  | 'NotFound'
  | 'Unavailable'
  | 'Unimplemented'
  | 'Internal'
  | 'Unauthenticated'
  | 'PermissionDenied'
  | 'FailedPrecondition'
  | 'Aborted';

const known: Record<RpcErrorCode, true> = {
  Canceled: true,
  InvalidArgument: true,
  NotFound: true,
  Unavailable: true,
  Unimplemented: true,
  Internal: true,
  Unauthenticated: true,
  PermissionDenied: true,
  FailedPrecondition: true,
  Aborted: true,
};

/** A code that another process named; one that is not known here is `Internal`. */
export function asRpcErrorCode(value: unknown): RpcErrorCode {
  return typeof value === 'string' && Object.hasOwn(known, value) ? (value as RpcErrorCode) : 'Internal';
}

export class RpcError extends Error {
  readonly code: RpcErrorCode;
  constructor(code: RpcErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'RpcError';
    this.code = code;
  }
}
