import { ApiError } from '../api/api-error.ts';
import type { AppChannel } from '../channel/app-channel.ts';
import { parseStateItems } from '../http/parse-state-items.ts';
import type { BindingAnswer, BindingHandler } from './binding-handler.ts';

/** Events of input bindings as POSTs to an app that speaks HTTP. */
export function httpBindingHandler(channel: Pick<AppChannel, 'call'>): BindingHandler {
  return {
    wants: async (path, signal) => {
      const { status } = await channel.call({ method: 'OPTIONS', path }, signal);
      return (status >= 200 && status <= 299) || status === 405;
    },
    handle: async (path, { data, contentType, metadata }, signal) => {
      const headers = { 'content-type': contentType ?? 'application/json', ...headersOf(metadata) };
      const { status, body } = await channel.call({ method: 'POST', path, headers, body: data }, signal);
      if (status < 200 || status > 299)
        throw new ApiError(
          'ERR_BAD_REQUEST',
          `The app answered an event of its input binding with status ${status}. It will get the event again where the source can.`,
        );
      return answerOf(body);
    },
  };
}

// Metadata arrives as headers; what is none is left out, and the framing of the request is not the source's to say.
const framing = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'host',
  'content-type',
  'dapr-api-token',
  'expect',
  'upgrade',
  'te',
  'trailer',
  'keep-alive',
]);

function headersOf(metadata: Record<string, string>): Record<string, string> {
  const usable = Object.entries(metadata).filter(
    ([name, value]) =>
      /^[!#$%&'*+.^_`|~\w-]{1,256}$/.test(name) && !framing.has(name.toLowerCase()) && /^[\t\x20-\x7e\x80-\xff]{0,8192}$/.test(value),
  );
  return Object.fromEntries(usable);
}

function answerOf(body: Buffer): BindingAnswer | undefined {
  const answer = objectOf(body);
  if (answer === undefined || (answer['to'] === undefined && answer['state'] === undefined)) return undefined;
  const { storeName, state, to, concurrency, data } = answer;
  return {
    ...(typeof storeName === 'string' ? { storeName } : {}),
    state: state === undefined || state === null ? [] : parseStateItems(state),
    to: Array.isArray(to) ? to.map(String) : [],
    isParallel: concurrency === 'parallel',
    ...(data === undefined ? {} : { data: Buffer.from(JSON.stringify(data)) }),
  };
}

function objectOf(body: Buffer): Record<string, unknown> | undefined {
  if (body[0] !== 0x7b) return undefined;
  try {
    const answer: unknown = JSON.parse(body.toString('utf8'));
    return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
