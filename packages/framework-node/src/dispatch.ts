import { answerError, type Log } from './answer-error.ts';
import { hasBody, readBody } from './body/read-body.ts';
import { cloudEvents, type CloudEvent } from './cloud-event.ts';
import { FunctionContext, type ContextSource } from './context/function-context.ts';
import type { EventSource } from './events/event-source.ts';
import { eventWire } from './events/event-wire.ts';
import { answerTo, functionEvent, type FunctionEvent } from './events/function-event.ts';
import { FunctionError } from './function-error.ts';
import { runHooked } from './hooks/run-hooks.ts';
import type { CloudEventFunction, OpenFunction, Registered } from './registry.ts';
import type { FunctionRequest } from './request.ts';
import type { FunctionResponse } from './response.ts';
import { route } from './route.ts';

/** What a dispatcher serves. */
export interface DispatchOptions extends ContextSource {
  target: Registered;
  others?: readonly Registered[];
  /** Largest body in bytes. Default 32 MiB. */
  bodyLimit?: number;
  log?: Log;
}

export type Dispatch = (req: FunctionRequest, res: FunctionResponse) => void;

const defaultBodyLimit = 32 * 1024 * 1024;

/** What answers one request with the function. */
export function dispatcher(options: DispatchOptions): Dispatch {
  const { target, hooks, log, document, bodyLimit = defaultBodyLimit } = options;
  const routed = [target, ...(options.others ?? [])].filter((one) => one.path);
  const { sources = [], isAsync = false } = document ?? {};
  const events = sources.length > 0 || isAsync ? eventWire({ sources, token: process.env['APP_API_TOKEN'] || undefined }) : undefined;
  const ignores = target.signature === 'http' && routed.length === 0;

  const act: Dispatch = (req, res) => {
    try {
      // Browsers ask for these by themselves; Google's framework keeps them from the function too.
      if (ignores && isIgnored(req.url)) return void res.status(404).send(null);
      if (events?.answers(req, res)) return;
      const source = events?.sourceOf(req);
      if (source !== undefined)
        return void deliver(target, source, req, res, options).catch((error: unknown) => answerError(res, error, log));
      if (isAsync) throw noHttp();
      const one = route(req, target, routed);
      const done = hooks ? callHooked(one, req, res, options) : call(one, req, res, options);
      if (done instanceof Promise) done.catch((error: unknown) => answerError(res, error, log));
    } catch (error) {
      answerError(res, error, log);
    }
  };
  return (req, res) => {
    if (!hasBody(req)) return act(req, res);
    readBody(req, bodyLimit)
      .then(() => act(req, res))
      .catch((error: unknown) => answerError(res, error, log));
  };
}

function isIgnored(url = '/'): boolean {
  return /^\/(favicon\.ico|robots\.txt)(?:[/?]|$)/i.test(url);
}

function call(one: Registered, req: FunctionRequest, res: FunctionResponse, source: ContextSource): unknown {
  switch (one.signature) {
    case 'http':
      return one.fn(req, res);
    case 'cloudevent':
      return callEvents(one.fn, req).then((value) => answerValue(res, value));
    case 'openfunction':
      return callContext(one.fn, new FunctionContext(req, res, source));
  }
}

/** Calls the function with a message. That it returned takes the message from its source; that it threw has it brought again. */
async function deliver(
  one: Registered,
  source: EventSource,
  req: FunctionRequest,
  res: FunctionResponse,
  given: ContextSource,
): Promise<void> {
  const { event, data } = functionEvent(req, source);
  const ctx = new FunctionContext(req, res, given, event);
  const act = (): unknown => callWith(one, ctx, event, data);
  const value = await (given.hooks ? runHooked(given.hooks, ctx, act) : act());
  // A function of the signature http answers by itself.
  if (one.signature === 'http' || res.headersSent || res.writableEnded) return;
  const answer = answerTo(source, value);
  if (answer === undefined) res.status(200).end();
  else res.json(answer);
}

function callWith(one: Registered, ctx: FunctionContext, { cloudEvent }: FunctionEvent, data: unknown): unknown {
  if (one.signature === 'http') return one.fn(ctx.req, ctx.res);
  if (one.signature === 'openfunction') return one.fn(ctx, data);
  return cloudEvent === undefined ? callEvents(one.fn, ctx.req) : callEvent(one.fn, cloudEvent);
}

function noHttp(): FunctionError {
  return new FunctionError(
    'RouteNotFound',
    404,
    'The function takes messages only. Send one to a source of its triggers, or give it triggers.http.',
  );
}

async function callHooked(one: Registered, req: FunctionRequest, res: FunctionResponse, source: ContextSource): Promise<void> {
  const { hooks } = source;
  if (!hooks) return;
  const ctx = new FunctionContext(req, res, source);
  const value = await runHooked(hooks, ctx, () => {
    if (one.signature === 'http') return one.fn(req, res);
    return one.signature === 'cloudevent' ? callEvents(one.fn, req) : one.fn(ctx, req.body);
  });
  if (one.signature !== 'http') answerValue(res, value);
}

/** Returns what the function returned of the only event, and nothing for a batch. */
async function callEvents(fn: CloudEventFunction, req: FunctionRequest): Promise<unknown> {
  const events = cloudEvents(req);
  if (events.length === 1 && events[0]) return callEvent(fn, events[0]);
  for (const event of events) await callEvent(fn, event);
  return undefined;
}

/** A function of two arguments tells its end by a callback, as on Google's framework. */
function callEvent(fn: CloudEventFunction, event: CloudEvent): unknown {
  if (fn.length < 2) return (fn as (event: CloudEvent) => unknown)(event);
  return new Promise((resolve, reject) => {
    fn(event, (error, value) => (error === undefined || error === null ? resolve(value) : reject(error)));
  });
}

async function callContext(fn: OpenFunction, ctx: FunctionContext): Promise<void> {
  answerValue(ctx.res, await fn(ctx, ctx.req.body));
}

function answerValue(res: FunctionResponse, value: unknown): void {
  if (res.headersSent || res.writableEnded) return;
  if (value === undefined || value === null) res.status(204).end();
  else res.send(value);
}
