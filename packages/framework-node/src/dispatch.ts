import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { parse } from 'node:querystring';
import { cloudEvents } from './cloud-event.ts';
import { FunctionContext } from './function-context.ts';
import { FunctionError } from './function-error.ts';
import type { Registered } from './registry.ts';
import type { FunctionRequest } from './request.ts';
import type { FunctionResponse } from './response.ts';

/** What a listener serves. */
export interface DispatchOptions {
  target: Registered;
  others?: readonly Registered[];
  /** Largest body in bytes. Default 32 MiB. */
  bodyLimit?: number;
  log?: (line: string) => void;
}

/** The request listener of a function, for a server made of FunctionRequest and FunctionResponse. */
export function dispatcher(options: DispatchOptions): RequestListener<typeof FunctionRequest, typeof FunctionResponse> {
  const limit = options.bodyLimit ?? 32 * 1024 * 1024;
  const routed = [options.target, ...(options.others ?? [])].filter((one) => one.path);
  return (req, res) => {
    const fail = (error: unknown): void => answerError(res, error, options.log);
    const act = (): void => {
      const done = call(pick(req, options.target, routed), req, res);
      if (done instanceof Promise) done.catch(fail);
    };
    try {
      if (req.headers['content-length'] === undefined && req.headers['transfer-encoding'] === undefined) act();
      else readBody(req, limit).then(act).catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}

function pick(req: FunctionRequest, target: Registered, routed: Registered[]): Registered {
  let found: Registered | undefined;
  if (routed.length > 0) {
    const parts = req.path.split('/').filter(Boolean);
    for (const one of routed) {
      const params = match(one.path ?? [], parts);
      if (!params) continue;
      found = one;
      req.params = params;
      if (allows(one, req.method)) return one;
    }
  }
  if (!found && target.path)
    throw new FunctionError('RouteNotFound', 404, `No function serves ${req.path}. Check the path it was registered with.`);
  found ??= target;
  if (!allows(found, req.method))
    throw new FunctionError(
      'MethodNotAllowed',
      405,
      `Function "${found.name}" does not serve ${req.method}. Use ${(found.methods ?? ['POST']).join(' or ')}.`,
    );
  return found;
}

function allows(one: Registered, method = 'GET'): boolean {
  if (one.methods) return one.methods.includes(method);
  return one.signature !== 'cloudevent' || method === 'POST';
}

function match(pattern: string[], parts: string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, piece] of pattern.entries()) {
    const part = parts[index] ?? '';
    const name = piece.startsWith('{') && piece.endsWith('}') ? piece.slice(1, -1) : piece.startsWith(':') ? piece.slice(1) : '';
    if (name) params[name] = decode(part);
    else if (piece !== part) return undefined;
  }
  return params;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function call(one: Registered, req: FunctionRequest, res: FunctionResponse): unknown {
  switch (one.signature) {
    case 'http':
      return one.fn(req, res);
    case 'cloudevent':
      return callEvents(one.fn, req, res);
    case 'openfunction':
      return callContext(one.fn, req, res);
  }
}

async function callEvents(
  fn: Extract<Registered, { signature: 'cloudevent' }>['fn'],
  req: FunctionRequest,
  res: FunctionResponse,
): Promise<void> {
  for (const event of cloudEvents(req)) await fn(event);
  res.status(204).end();
}

async function callContext(
  fn: Extract<Registered, { signature: 'openfunction' }>['fn'],
  req: FunctionRequest,
  res: FunctionResponse,
): Promise<void> {
  const value = await fn(new FunctionContext(req, res), req.body);
  if (res.headersSent || res.writableEnded) return;
  if (value === undefined) res.status(204).end();
  else res.send(value);
}

async function readBody(req: FunctionRequest, limit: number): Promise<void> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit)
      throw new FunctionError('BodyTooLarge', 413, `The body is larger than ${limit} bytes. Send less, or a reference to the data.`);
    chunks.push(chunk);
  }
  const raw = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  req.rawBody = raw;
  req.body = parsed(raw, req.get('content-type') ?? '');
}

function parsed(raw: Buffer, contentType: string): unknown {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json' || type.endsWith('+json')) {
    if (raw.length === 0) return {};
    try {
      return JSON.parse(raw.toString());
    } catch {
      throw new FunctionError('InvalidBody', 400, 'The body is not valid JSON. Correct it, or send another content-type.');
    }
  }
  if (type === 'application/x-www-form-urlencoded') return { ...parse(raw.toString()) };
  return type.startsWith('text/') ? raw.toString() : raw;
}

/** Answers an error without ever showing a stack; the id joins the answer to the log line. */
export function answerError(res: FunctionResponse, error: unknown, log: (line: string) => void = console.error): void {
  const own = error instanceof FunctionError;
  const id = randomUUID();
  if (!own)
    log(
      JSON.stringify({ level: 'error', message: 'The function failed.', id, error: error instanceof Error ? error.stack : String(error) }),
    );
  if (res.headersSent) return void res.destroy();
  const message = own ? error.message : 'The function failed. Its log has the reason under this id.';
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  if (own && error.code === 'BodyTooLarge') res.setHeader('connection', 'close');
  res.status(own ? error.status : 500).json({ code: own ? error.code : 'FunctionFailed', message, id });
}
