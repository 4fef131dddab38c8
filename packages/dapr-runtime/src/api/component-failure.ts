import { ComponentError } from '@openfunction/components';
import { ApiError, type DaprCode } from './api-error.ts';

/** Tells a component's failure in Dapr's words: whose code it is, and a status that says who can help. */
export function componentFailure(code: DaprCode, error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (!(error instanceof ComponentError)) return ApiError.from(error);
  const status = { EtagMismatch: 409, EtagInvalid: 400, RequestRejected: 400 }[error.code as string];
  return new ApiError(code, error.message, { ...(status === undefined ? {} : { status }), cause: error });
}
