import type { FieldCause } from './status.ts';

/** Kubernetes' reasons, and what happens before an answer: `Unreachable`, `BadAnswer`, `BadKubeconfig`, `BadManifest`. */
export type ClientErrorCode =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Expired'
  | 'Invalid'
  | 'TooLarge'
  | 'Unavailable'
  | 'ServerFailed'
  | 'Unreachable'
  | 'BadAnswer'
  | 'BadKubeconfig'
  | 'BadManifest';

export class ClientError extends Error {
  readonly code: ClientErrorCode;
  /** The HTTP status, when there was an answer. */
  readonly status?: number;
  readonly causes: FieldCause[];
  /** `library`: a kubeconfig that is right, and asks for more than is read here. */
  readonly needs?: 'library';
  constructor(
    code: ClientErrorCode,
    message: string,
    options: { status?: number; causes?: FieldCause[]; needs?: 'library'; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ClientError';
    this.code = code;
    this.status = options.status;
    this.causes = options.causes ?? [];
    this.needs = options.needs;
  }
}
