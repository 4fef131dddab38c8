export type WorkloadErrorCode = 'ArtifactNotRunnable' | 'NamespaceNotEnabled' | 'InstanceNotFound' | 'Unavailable';

export class WorkloadError extends Error {
  readonly code: WorkloadErrorCode;
  constructor(code: WorkloadErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'WorkloadError';
    this.code = code;
  }
}
