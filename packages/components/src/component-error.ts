/** Why a component could not be opened, or did not do what it was asked. */
export type ComponentErrorCode =
  /** The YAML or its metadata: unknown field, missing or bad value. */
  | 'ComponentInvalid'
  | 'ComponentTypeUnknown'
  /** A secret that the metadata names does not exist, or its store does not. */
  | 'SecretNotFound'
  /** The server behind the component does not answer. The call may be repeated. */
  | 'ComponentUnavailable'
  /** Another writer came first. */
  | 'EtagMismatch'
  /** This store never gave out such an etag. */
  | 'EtagInvalid'
  /** The component exists and cannot do this. */
  | 'OperationNotSupported'
  /** The request itself is wrong, and repeating it does not help. */
  | 'RequestRejected';

export class ComponentError extends Error {
  readonly code: ComponentErrorCode;
  constructor(code: ComponentErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'ComponentError';
    this.code = code;
  }
}
