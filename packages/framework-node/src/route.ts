import { FunctionError } from './function-error.ts';
import type { Registered } from './registry.ts';
import type { FunctionRequest } from './request.ts';

/** The function that serves a request, with its path parameters set; throws RouteNotFound or MethodNotAllowed. */
export function route(req: FunctionRequest, target: Registered, routed: readonly Registered[]): Registered {
  const { method = 'GET' } = req;
  let found = routed.length > 0 ? routeByPath(req, routed, method) : undefined;
  if (!found && target.path)
    throw new FunctionError('RouteNotFound', 404, `No function serves ${req.path}. Check the path it was registered with.`);
  found ??= target;
  if (allows(found, method)) return found;
  // As Google's framework, which routes only POST to an event function.
  if (!found.methods) throw new FunctionError('RouteNotFound', 404, `Function "${found.name}" takes events. Send them with POST.`);
  throw new FunctionError('MethodNotAllowed', 405, `Function "${found.name}" does not serve ${method}. Use ${found.methods.join(' or ')}.`);
}

function routeByPath(req: FunctionRequest, routed: readonly Registered[], method: string): Registered | undefined {
  const parts = req.path.split('/').filter(Boolean);
  let found: Registered | undefined;
  for (const one of routed) {
    const params = match(one.path ?? [], parts);
    if (!params) continue;
    found = one;
    req.params = params;
    if (allows(one, method)) return one;
  }
  return found;
}

function allows(one: Registered, method: string): boolean {
  if (one.methods) return one.methods.includes(method) || (method === 'HEAD' && one.methods.includes('GET'));
  return one.signature !== 'cloudevent' || method === 'POST';
}

function match(pattern: string[], parts: string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, piece] of pattern.entries()) {
    const part = parts[index] ?? '';
    const name = parameterOf(piece);
    if (name) params[name] = decode(part);
    else if (piece !== part) return undefined;
  }
  return params;
}

function parameterOf(piece: string): string {
  // gorilla/mux allows a pattern behind the name; it is not checked here.
  if (piece.startsWith('{') && piece.endsWith('}')) return piece.slice(1, -1).split(':')[0] ?? '';
  return piece.startsWith(':') ? piece.slice(1) : '';
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
