export type BuildErrorCode =
  | 'BuilderNotSupported'
  | 'SourceRefused'
  | 'SourceNotFound'
  | 'UploadLost'
  | 'EntryNotFound'
  | 'SecretNotFound'
  | 'InstallFailed'
  | 'CompileFailed'
  | 'BuildFailed';

/** Why a build failed; the message says what to change. */
export class BuildError extends Error {
  readonly code: BuildErrorCode;
  constructor(code: BuildErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'BuildError';
    this.code = code;
  }
}
