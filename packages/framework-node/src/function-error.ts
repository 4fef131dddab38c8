/** Every code that the framework answers or throws. */
export type FunctionErrorCode =
  | 'BodyTooLarge'
  | 'InvalidBody'
  | 'InvalidCloudEvent'
  | 'InvalidFunctionContext'
  | 'CharsetNotSupported'
  | 'MethodNotAllowed'
  | 'RouteNotFound'
  | 'FunctionNotFound'
  | 'FunctionFailed'
  | 'FunctionCrashed'
  | 'FunctionTimeout'
  | 'HookNotFound'
  | 'HookFailed'
  | 'DaprUnreachable'
  | 'EventRefused'
  | 'OutputFailed'
  | 'OutputNotFound'
  | 'StateFailed'
  | 'StateNotFound'
  | 'Surplus';

/** An error with a code of the closed list and the HTTP status it is answered with. */
export class FunctionError extends Error {
  readonly code: FunctionErrorCode;
  readonly status: number;

  constructor(code: FunctionErrorCode, status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = status;
  }
}
