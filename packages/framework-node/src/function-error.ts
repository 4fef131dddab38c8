/** Every code that the framework answers or throws. */
export type FunctionErrorCode =
  | 'BodyTooLarge'
  | 'InvalidBody'
  | 'InvalidCloudEvent'
  | 'MethodNotAllowed'
  | 'RouteNotFound'
  | 'FunctionNotFound'
  | 'FunctionFailed'
  | 'OutputsNotSupported';

/** An error with a code of the closed list and the HTTP status it is answered with. */
export class FunctionError extends Error {
  readonly code: FunctionErrorCode;
  readonly status: number;

  constructor(code: FunctionErrorCode, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
