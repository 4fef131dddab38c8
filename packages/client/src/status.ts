import { ClientError, type ClientErrorCode } from './client-error.ts';

/** One field that the server refused, and why. */
export interface FieldCause {
  field: string;
  reason: string;
  message: string;
}

const codes: Record<number, ClientErrorCode> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  413: 'TooLarge',
  422: 'Invalid',
  429: 'Unavailable',
  503: 'Unavailable',
  504: 'Unavailable',
};

/** From a `metav1.Status`, or from whatever a proxy in between answered. */
export function errorFromAnswer(status: number, text: string): ClientError {
  const body = parsed(text);
  const reason = body?.reason;
  const code = reason === 'AlreadyExists' ? 'AlreadyExists' : (codes[status] ?? (status >= 500 ? 'ServerFailed' : 'BadRequest'));
  const fallback = `The API server answered ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`;
  return new ClientError(code, body?.message ?? fallback, { status, causes: body?.details?.causes ?? [] });
}

interface Status {
  message?: string;
  reason?: string;
  details?: { causes?: FieldCause[] };
}

function parsed(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status' ? (value as Status) : undefined;
  } catch {
    return undefined;
  }
}
