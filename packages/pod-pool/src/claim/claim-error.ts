/** Why no instance serves the function now. Pages: docs/errors.md. */
export type ClaimErrorCode =
  | 'NoInstance'
  | 'InstanceDied'
  | 'LoadTimeout'
  | 'LoadFailed'
  | 'Refused'
  | 'ServingDeleted'
  | 'ServingNotFound'
  | 'ReferenceNotFound'
  | 'NamespaceNotEnabled';

export class ClaimError extends Error {
  readonly code: string;
  /** Another instance might do better; what the code itself is to blame for fails there too. */
  readonly retriable: boolean;

  /** What the code itself said: for the status of its function, never for callers. */
  readonly detail: string;

  constructor(
    code: ClaimErrorCode | (string & {}),
    message: string,
    options: { retriable?: boolean; detail?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ClaimError';
    this.code = code;
    this.retriable = options.retriable ?? false;
    this.detail = options.detail ?? '';
  }

  /** Errors of the ports carry a code of their own, which is kept. What a fault of ours says is nothing for callers. */
  static from(error: unknown): ClaimError {
    if (error instanceof ClaimError) return error;
    if (isFault(error))
      return new ClaimError('NoInstance', 'The scheduler made a mistake. Try again; its log has the reason.', { cause: error });
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'NoInstance';
    return new ClaimError(code, message, { cause: error });
  }
}

/** Whether only the program itself can be to blame. */
export function isFault(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}
