import { StoreError, type FieldCause, type StoreErrorCode } from '@openfunction/store';

interface Status {
  code?: number;
  reason?: string;
  message?: string;
  details?: { causes?: { field?: string; reason?: string; message?: string }[] };
}

const codeOfReason: Record<string, StoreErrorCode> = {
  NotFound: 'NotFound',
  AlreadyExists: 'AlreadyExists',
  Conflict: 'Conflict',
  Invalid: 'Invalid',
  Expired: 'Expired',
  Gone: 'Expired',
  BadRequest: 'BadRequest',
  Forbidden: 'Forbidden',
  Unauthorized: 'Forbidden',
};

const codeOfHttp: Record<number, StoreErrorCode> = {
  400: 'BadRequest',
  401: 'Forbidden',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'BadRequest',
  409: 'Conflict',
  410: 'Expired',
  413: 'BadRequest',
  415: 'BadRequest',
  422: 'Invalid',
};

const fieldReasons = new Set<string>([
  'FieldValueInvalid',
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueNotSupported',
  'FieldValueDuplicate',
  'FieldManagerConflict',
]);

function causesOf(status: Status): FieldCause[] {
  return (status.details?.causes ?? []).map(({ field = '', reason = '', message = '' }) => ({
    field,
    reason: fieldReasons.has(reason) ? (reason as FieldCause['reason']) : 'FieldValueInvalid',
    message,
  }));
}

/** What the API server refused, as the Store's error; what is not of its list is `Unavailable`, hence worth a retry. */
export function errorFromStatus(given: unknown, httpStatus: number): StoreError {
  const status = (typeof given === 'object' && given !== null ? given : {}) as Status;
  const code = codeOfReason[status.reason ?? ''] ?? codeOfHttp[status.code ?? httpStatus] ?? 'Unavailable';
  return new StoreError(code, status.message || `The API server answered ${httpStatus} without saying why. Its log may.`, {
    causes: causesOf(status),
  });
}
