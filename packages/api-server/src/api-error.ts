import { StoreError, type FieldCause } from '@openfunction/store';

/** Kubernetes' reasons that come from the protocol rather than from the Store, with their HTTP status. */
const apiErrorStatus = {
  BadRequest: 400,
  Unauthorized: 401,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  Conflict: 409,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  InternalError: 500,
  ServiceUnavailable: 503,
} as const;

export type ApiErrorCode = keyof typeof apiErrorStatus;

/** What a failed request is about: goes into `details` of the Status. */
export interface ErrorSubject {
  group?: string;
  /** The kind (422), or the plural, as Kubernetes does it. */
  kind?: string;
  /** The kind itself, which a refused object is told by. */
  kindName?: string;
  name?: string;
}

export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly causes: FieldCause[];
  /** Absent: what the path of the request names. */
  readonly about?: ErrorSubject;
  constructor(code: ApiErrorCode, message: string, options: { causes?: FieldCause[]; subject?: ErrorSubject } = {}) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.causes = options.causes ?? [];
    if (options.subject !== undefined) this.about = options.subject;
  }
}

/** A `metav1.Status` of a failure. */
export interface StatusBody {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Failure';
  message: string;
  reason: string;
  details?: { group?: string; kind?: string; name?: string; causes?: FieldCause[] };
  code: number;
}

/** The one funnel from anything thrown to what a client may see; what is not ours is not shown. */
export function statusOf(error: unknown, subject: ErrorSubject = {}): StatusBody {
  if (error instanceof ApiError) {
    const about = error.code === 'BadRequest' ? {} : (error.about ?? subject);
    return body({ code: apiErrorStatus[error.code], reason: error.code, message: error.message, causes: error.causes, subject: about });
  }
  if (error instanceof StoreError) {
    const reason = error.code === 'Unavailable' ? 'ServiceUnavailable' : error.code;
    const isApplyConflict = error.code === 'Conflict' && error.causes.length > 0;
    if (error.code === 'BadRequest' || error.code === 'Expired' || isApplyConflict)
      return body({ code: error.status, reason, message: error.message, causes: error.causes, subject: {} });
    const kind = error.code === 'Invalid' ? (subject.kindName ?? subject.kind) : subject.kind;
    return body({
      code: error.status,
      reason,
      message: error.message,
      causes: error.causes,
      subject: { ...subject, kind, name: error.about ?? subject.name },
    });
  }
  const message = 'The API server failed on this request. Its log says why; please report it.';
  return body({ code: 500, reason: 'InternalError', message, causes: [], subject });
}

function body(of: { code: number; reason: string; message: string; causes: FieldCause[]; subject: ErrorSubject }): StatusBody {
  const { kindName: _kindName, ...about } = of.subject;
  const subject = Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined && value !== ''));
  const details = { ...subject, ...(of.causes.length > 0 ? { causes: of.causes } : {}) };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: of.message,
    reason: of.reason,
    ...(Object.keys(details).length > 0 ? { details } : {}),
    code: of.code,
  };
}
