export type EmbeddedErrorCode = 'AlreadyRunning' | 'DataFolderUnusable' | 'PartFailed' | 'PortTaken';

/** Why the platform on this machine does not start. */
export class EmbeddedError extends Error {
  readonly code: EmbeddedErrorCode;
  constructor(code: EmbeddedErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'EmbeddedError';
    this.code = code;
  }
}
