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
  /** The name of the object that was refused, where it is not what was asked for by name. */
  readonly about?: string;
  constructor(code: StoreErrorCode, message: string, options: { causes?: FieldCause[]; about?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'StoreError';
    this.code = code;
    this.causes = options.causes ?? [];
    if (options.about !== undefined) this.about = options.about;
  }
  get status(): number {
    return storeErrorStatus[this.code];
  }
}
