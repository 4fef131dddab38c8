import { errorStatus } from '../error-codes.ts';
import type { Route } from '../route/route.ts';

const statusText: Record<number, string> = {
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
const allowed = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/** An answer that the gateway gives itself. */
export interface OwnAnswer {
  code: string;
  message: string;
  /** 0: nothing is said about it. */
  retryAfterSeconds?: number;
}

/** To who wants a function without a Serving. */
export function notReady(route: Route | undefined): OwnAnswer {
  return { code: 'NotReady', message: route?.unavailable || 'The function is not ready. Try again later.', retryAfterSeconds: 1 };
}

/** A refusal of the scheduler has a code of its own: it is always 503. */
export function statusOf(code: string): number {
  return (errorStatus as Record<string, number>)[code] ?? 503;
}

export function ownAnswer(answer: OwnAnswer, context: { requestId: string; close: boolean; withBody: boolean }): Buffer {
  const { code, message, retryAfterSeconds = 0 } = answer;
  const status = statusOf(code);
  const body = Buffer.from(JSON.stringify({ code, message, requestId: context.requestId }));
  const head =
    `HTTP/1.1 ${status} ${statusText[status] ?? 'Error'}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n` +
    (status === 405 ? `allow: ${allowed}\r\n` : '') +
    (retryAfterSeconds > 0 ? `retry-after: ${retryAfterSeconds}\r\n` : '') +
    (context.close ? 'connection: close\r\n' : '') +
    `x-request-id: ${context.requestId}\r\n\r\n`;
  return context.withBody ? Buffer.concat([Buffer.from(head, 'latin1'), body]) : Buffer.from(head, 'latin1');
}

/** The answer to `OPTIONS *`: what this server can do, whatever the function. */
export function serverOptions(context: { requestId: string; close: boolean }): string {
  return `HTTP/1.1 204 No Content\r\nallow: ${allowed}\r\n${context.close ? 'connection: close\r\n' : ''}x-request-id: ${context.requestId}\r\n\r\n`;
}

/** Sends the caller elsewhere. */
export function redirectAnswer(status: number, location: string, context: { requestId: string; close: boolean }): string {
  return (
    `HTTP/1.1 ${status} ${statusText[status] ?? 'Redirect'}\r\nlocation: ${location}\r\ncontent-length: 0\r\n` +
    `${context.close ? 'connection: close\r\n' : ''}x-request-id: ${context.requestId}\r\n\r\n`
  );
}
