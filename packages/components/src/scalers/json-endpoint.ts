import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { ComponentError } from '../component-error.ts';

export interface JsonEndpointOptions {
  /** How sentences name the server. */
  server: string;
  /** What to look at when it does not answer as it should. */
  hint: string;
  headers?: Readonly<Record<string, string>>;
  tls?: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined; rejectUnauthorized?: boolean };
  timeoutMs?: number | undefined;
  /** Instead of the system's own way from a name to an address. */
  lookup?: LookupFunction;
}

/** A server that answers with JSON. Its answers are bounded in time and size, and redirects are not followed: they could lead anywhere. */
export interface JsonEndpoint {
  get(url: URL, signal: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

const maxBytes = 8 * 1024 * 1024;

export function jsonEndpoint(options: JsonEndpointOptions): JsonEndpoint {
  const { server, hint, headers = {}, tls = {}, timeoutMs = 8_000, lookup } = options;
  const agent = new Agent({
    connect: { ...tls, timeout: timeoutMs, ...(lookup === undefined ? {} : { lookup }) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const failure = (why: string, cause?: unknown): ComponentError =>
    new ComponentError('ComponentUnavailable', `${server} ${why}. ${hint}`, { cause });

  async function answerOf(url: URL, signal: AbortSignal): Promise<{ status: number; text: string }> {
    const response = await request(url, { headers: { accept: 'application/json', ...headers }, dispatcher: agent, signal });
    return { status: response.statusCode, text: await capped(response.body) };
  }

  async function capped(body: AsyncIterable<Uint8Array>): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > maxBytes)
        throw new ComponentError('RequestRejected', `${server} answered with more than ${maxBytes} bytes. Ask for less.`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  function refusalOf(status: number, text: string): ComponentError {
    if (status >= 300 && status < 400) return failure(`answered with a redirect (${status}), which is not followed`);
    const reason = reasonIn(text);
    const why = `answered with status ${status}${reason === undefined ? '' : ` (${reason})`}`;
    if (status === 400 || status === 422) return new ComponentError('RequestRejected', `${server} ${why}. Correct what it is asked.`);
    return failure(why);
  }

  return {
    get: async (url, signal) => {
      const late = AbortSignal.timeout(timeoutMs);
      let answer: { status: number; text: string };
      try {
        answer = await answerOf(url, AbortSignal.any([signal, late]));
      } catch (error) {
        if (error instanceof ComponentError || signal.aborted) throw error;
        throw failure(late.aborted ? `did not answer within ${timeoutMs} ms` : `did not answer (${messageOf(error)})`, error);
      }
      if (answer.status < 200 || answer.status > 299) throw refusalOf(answer.status, answer.text);
      const parsed = parseJson(answer.text);
      if (parsed === undefined) throw failure('answered with something that is not JSON');
      return parsed;
    },
    close: async () => agent.destroy(),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What servers say of a failure in JSON, cut to a sentence's length. */
function reasonIn(text: string): string | undefined {
  const parsed = parseJson(text);
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { error, reason } = parsed as { error?: unknown; reason?: unknown };
  const said = [error, reason].find((each) => typeof each === 'string');
  return said?.slice(0, 200).replace(/\.$/, '');
}

function messageOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || code || String(error);
}
