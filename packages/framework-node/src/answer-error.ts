import { randomUUID } from 'node:crypto';
import { FunctionError } from './function-error.ts';
import type { FunctionResponse } from './response.ts';

/** Takes one line of JSON. */
export type Log = (line: string) => void;

/** Answers an error without ever showing a stack; the id joins the answer to the log line that has it. */
export function answerError(res: FunctionResponse, error: unknown, log: Log = console.error): void {
  const id = logError(error, log);
  // Once a part is on the wire, only a broken connection tells that the rest is missing.
  if (res.headersSent) return void (res.writableFinished || res.destroy());
  const own = error instanceof FunctionError;
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  if (own && error.code === 'BodyTooLarge') res.setHeader('connection', 'close');
  const isCrash = own && error.code === 'FunctionCrashed';
  res.setHeader('x-openfunction-status', isCrash ? 'crash' : 'error');
  // The process ends: the gateway must send nobody else here in the moments before that is seen.
  if (isCrash) res.setHeader('openfunction-ending', '1');
  const message = own ? error.message : 'The function failed. Its log has the reason under this id.';
  res.statusCode = own ? error.status : 500;
  res.json({ code: own ? error.code : 'FunctionFailed', message, id });
}

/** Logs what is not the caller's fault, with its stack, and returns the id that the answer shows. */
function logError(error: unknown, log: Log): string {
  const id = randomUUID();
  const own = error instanceof FunctionError;
  if (own && error.status < 500) return id;
  const reason = own ? (error.cause ?? error) : error;
  const code = own ? error.code : 'FunctionFailed';
  log(
    JSON.stringify({
      level: 'error',
      message: 'The function failed.',
      code,
      id,
      error: reason instanceof Error ? (reason.stack ?? reason.message) : String(reason),
    }),
  );
  return id;
}
