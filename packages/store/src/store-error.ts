/** Kubernetes' reasons, with the HTTP status each is answered with. */
export const storeErrorStatus = {
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Invalid: 422,
  Expired: 410,
  BadRequest: 400,
  Forbidden: 403,
  Unavailable: 503,
} as const;

export type StoreErrorCode = keyof typeof storeErrorStatus;

/** One field that was refused: its path (`spec.serving.template.hostNetwork`) and why. */
export interface FieldCause {
  field: string;
  reason: 'FieldValueInvalid' | 'FieldValueRequired' | 'FieldValueForbidden' | 'FieldValueNotSupported';
  message: string;
}

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly causes: FieldCause[];
  constructor(code: StoreErrorCode, message: string, options: { causes?: FieldCause[]; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'StoreError';
    this.code = code;
    this.causes = options.causes ?? [];
  }
  get status(): number {
    return storeErrorStatus[this.code];
  }
}
