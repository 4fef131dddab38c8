import type { FieldCause } from '@openfunction/resources';

export type { FieldCause };

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
