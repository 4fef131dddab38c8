import { Agent, request } from 'undici';
import { ComponentError } from '../component-error.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { needed, optional, withDefault } from '../metadata/fields.ts';
import { duration, flag, nonEmpty } from '../metadata/parsers.ts';
import { byteSize } from '../metadata/byte-size.ts';
import type { Binding, BindingRequest, BindingResponse } from './binding.ts';
import { textOfJson } from './text-of-json.ts';

const methods: Record<string, 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'TRACE'> = {
  create: 'POST',
  get: 'GET',
  head: 'HEAD',
  post: 'POST',
  put: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  options: 'OPTIONS',
  trace: 'TRACE',
};
const withBody = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** `bindings.http`: calls one server. The path of a request is appended to the URL and cannot leave its host. */
export const httpBinding: ComponentType<'bindings'> = componentType({
  block: 'bindings',
  fields: {
    url: needed(nonEmpty),
    responseTimeout: optional(duration('s')),
    maxResponseBodySize: withDefault(byteSize, 100 * 1024 * 1024),
    errorIfNot2XX: withDefault(flag, true),
    securityToken: optional(nonEmpty),
    securityTokenHeader: optional(nonEmpty),
    MTLSRootCA: optional(nonEmpty),
    MTLSClientCert: optional(nonEmpty),
    MTLSClientKey: optional(nonEmpty),
  },
  open: (settings, { name }) => {
    const base = baseUrl(settings.url, name);
    const agent = new Agent({
      connect: { ca: settings.MTLSRootCA, cert: settings.MTLSClientCert, key: settings.MTLSClientKey },
      ...(settings.responseTimeout === undefined
        ? {}
        : { headersTimeout: settings.responseTimeout, bodyTimeout: settings.responseTimeout }),
    });
    const token =
      settings.securityToken === undefined || settings.securityTokenHeader === undefined
        ? {}
        : { [settings.securityTokenHeader.toLowerCase()]: settings.securityToken };
    const binding: Binding = {
      output: {
        operations: Object.keys(methods),
        invoke: (given, signal) =>
          call({ base, agent, token, given, signal, maxBytes: settings.maxResponseBodySize, errorIfNot2xx: settings.errorIfNot2XX }),
      },
      ping: async () => {},
      close: async () => agent.close(),
    };
    return binding;
  },
});

interface Call {
  base: URL;
  agent: Agent;
  token: Record<string, string>;
  given: BindingRequest;
  signal: AbortSignal | undefined;
  maxBytes: number;
  errorIfNot2xx: boolean;
}

async function call({ base, agent, token, given, signal, maxBytes, errorIfNot2xx }: Call): Promise<BindingResponse> {
  const method = Object.hasOwn(methods, given.operation) ? methods[given.operation] : undefined;
  if (method === undefined) {
    const text = `The HTTP binding cannot do "${given.operation}". Use one of: ${Object.keys(methods).join(', ')}.`;
    throw new ComponentError('OperationNotSupported', text);
  }
  const url = target(base, given.metadata['path']);
  const body = withBody.has(method) ? textOfJson(given.data) : undefined;
  const headers = { ...headersOf(given.metadata, body !== undefined), ...token };
  const response = await answered(
    request(url, { method, headers, dispatcher: agent, signal: signal ?? null, ...(body === undefined ? {} : { body }) }),
  );
  const data = await capped(response.body, maxBytes);
  const metadata: Record<string, string> = { statusCode: String(response.statusCode), status: String(response.statusCode) };
  for (const [header, value] of Object.entries(response.headers))
    if (value !== undefined) metadata[header] = Array.isArray(value) ? value.join(', ') : value;
  const strict = given.metadata['errorIfNot2XX'] === undefined ? errorIfNot2xx : given.metadata['errorIfNot2XX'] !== 'false';
  if (strict && (response.statusCode < 200 || response.statusCode > 299)) {
    const code = response.statusCode < 500 ? 'RequestRejected' : 'ComponentUnavailable';
    throw new ComponentError(
      code,
      `The server of the HTTP binding answered with status ${response.statusCode}. Set errorIfNot2XX to false to get such answers as they are.`,
    );
  }
  const contentType = metadata['content-type'];
  return { data, metadata, ...(contentType === undefined ? {} : { contentType }) };
}

function baseUrl(url: string, name: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed;
  throw new ComponentError('ComponentInvalid', `Component "${name}" cannot be opened: its url is not an http or https URL. Correct it.`);
}

function target(base: URL, path: string | undefined): URL {
  if (path === undefined || path === '') return base;
  const prefix = base.pathname.replace(/\/$/, '');
  // Set apart, never joined as text: what looks like another host stays a path of this one.
  const url = new URL(base);
  const [pathname = '', ...query] = path.split('?');
  url.pathname = `${prefix}/${pathname.replace(/^\/+/, '')}`;
  if (query.length > 0) url.search = query.join('?');
  if (prefix === '' || url.pathname === prefix || url.pathname.startsWith(`${prefix}/`)) return url;
  throw new ComponentError('RequestRejected', `Path ${JSON.stringify(path)} leaves the URL of the HTTP binding. Use one below it.`);
}

/** Metadata that begins with a capital letter is a header, as in Dapr. */
function headersOf(metadata: Record<string, string>, hasBody: boolean): Record<string, string> {
  const headers: Record<string, string> = hasBody ? { 'content-type': 'application/json; charset=utf-8' } : {};
  for (const [name, value] of Object.entries(metadata)) {
    const isTrace = name === 'traceparent' || name === 'tracestate';
    if (isTrace || (/^[A-Z][\w-]*$/.test(name) && !/[\r\n\0]/.test(value))) headers[name.toLowerCase()] = value;
  }
  return headers;
}

async function answered<T>(response: Promise<T>): Promise<T> {
  try {
    return await response;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new ComponentError(
      'ComponentUnavailable',
      `The server of the HTTP binding did not answer (${why}). Is it up, and its url right?`,
      { cause: error },
    );
  }
}

async function capped(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes)
      throw new ComponentError(
        'RequestRejected',
        `The answer to the HTTP binding is larger than ${maxBytes} bytes. Raise maxResponseBodySize.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
