/** Why an app cannot be connected to what it names. */
export type MessagingErrorCode =
  /** The manifest: an unknown type or field, a missing or bad value. Another try does not help. */
  | 'ComponentInvalid'
  /** A Secret that a component names is not there, or has no such key. */
  | 'SecretNotFound'
  /** A trigger, output or state names a component that the Function does not declare. */
  | 'ComponentNotFound'
  /** The server behind a component does not answer. It is tried again. */
  | 'ComponentUnavailable'
  /** The function's image speaks a protocol by which nothing is brought here. */
  | 'ProtocolUnsupported'
  /** A trigger of KEDA's cannot be meant: an unknown type, a missing or bad value. What the function listens to is brought all the same. */
  | 'ScalerInvalid'
  /** What waits at a trigger of KEDA's cannot be measured now. It is tried again. */
  | 'ScalerUnavailable';

/** Whether messages come all the same. */
export function isOfScaling({ code }: Pick<MessagingError, 'code'>): boolean {
  return code === 'ScalerInvalid' || code === 'ScalerUnavailable';
}

export class MessagingError extends Error {
  readonly code: MessagingErrorCode;
  constructor(code: MessagingErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'MessagingError';
    this.code = code;
  }
}
