import type { CloudEvent } from './cloud-event.ts';
import type { FunctionContext } from './context/function-context.ts';
import type { FunctionRequest } from './request.ts';
import type { FunctionResponse } from './response.ts';

export type HttpFunction = (req: FunctionRequest, res: FunctionResponse) => unknown;
export type CloudEventFunction = (event: CloudEvent, callback: (error?: unknown, value?: unknown) => void) => unknown;
export type OpenFunction = (ctx: FunctionContext, data: unknown) => unknown;

/** Where a function is reached beside its being the target. */
export interface RouteOptions {
  /** Such as `/hello/{name}` or `/hello/:name`. */
  path?: string;
  methods?: string[];
}

export type Registered = { name: string; path?: string[]; methods?: string[] } & (
  | { signature: 'http'; fn: HttpFunction }
  | { signature: 'cloudevent'; fn: CloudEventFunction }
  | { signature: 'openfunction'; fn: OpenFunction }
);

const registered = new Map<string, Registered>();

function route(options: RouteOptions): Pick<Registered, 'path' | 'methods'> {
  return { path: options.path?.split('/').filter(Boolean), methods: options.methods?.map((one) => one.toUpperCase()) };
}

/** Registers an `(req, res)` function. */
export function http(name: string, fn: HttpFunction, options: RouteOptions = {}): void {
  registered.set(name, { name, signature: 'http', fn, ...route(options) });
}

/** Registers an `(event)` function. */
export function cloudEvent(name: string, fn: CloudEventFunction, options: RouteOptions = {}): void {
  registered.set(name, { name, signature: 'cloudevent', fn, ...route(options) });
}

/** Registers a `(ctx, data)` function. */
export function openfunction(name: string, fn: OpenFunction, options: RouteOptions = {}): void {
  registered.set(name, { name, signature: 'openfunction', fn, ...route(options) });
}

/** What is registered now, in order of registration. */
export function registeredFunctions(): ReadonlyMap<string, Registered> {
  return registered;
}
