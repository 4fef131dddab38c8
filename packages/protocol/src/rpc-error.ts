export type RpcErrorCode = 'Canceled' | 'InvalidArgument' | 'NotFound' | 'Unavailable' | 'Unimplemented' | 'Internal';

export class RpcError extends Error {
  readonly code: RpcErrorCode;
  constructor(code: RpcErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'RpcError';
    this.code = code;
  }
}
