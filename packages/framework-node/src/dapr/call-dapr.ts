import { Agent, request, type IncomingMessage, type RequestOptions } from 'node:http';
import { FunctionError, type FunctionErrorCode } from '../function-error.ts';

/** One call of the Dapr HTTP API, by its path below the runtime's address. */
export interface DaprCall {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: string | Uint8Array;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** How an error says what was tried, such as `Sending to "orders"`, and its code. */
  what: string;
  code: FunctionErrorCode;
}

export interface DaprAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

/** Calls the function's Dapr runtime; throws a {@link FunctionError} of the call's code for any answer but 2xx. */
export type CallDapr = (call: DaprCall) => Promise<DaprAnswer>;

const longestSaid = 500;

/**
 * The Dapr HTTP API where the environment says: `DAPR_HTTP_ENDPOINT`, else `DAPR_HOST` (or `DAPR_SIDECAR_IP`) and
 * `DAPR_HTTP_PORT`, else 127.0.0.1:3500; with `DAPR_API_TOKEN` when there is one. Nothing is opened before the first call.
 */
export function daprCaller(env: Readonly<Record<string, string | undefined>>): CallDapr {
  const base = addressOf(env);
  const token = env['DAPR_API_TOKEN'];
  const agent = new Agent({ keepAlive: true });
  return async ({ method, path, body, headers, signal, what, code }) => {
    const sent = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options: RequestOptions = {
      host: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port || 80,
      method,
      path,
      agent,
      signal,
      headers: { ...headers, ...sent, ...(token ? { 'dapr-api-token': token } : {}) },
    };
    const answer = await ask(options, body).catch((cause: unknown) => {
      signal?.throwIfAborted();
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `${what} failed: no Dapr runtime answers at ${base.host} (${reason}). Start one beside the function, or set DAPR_HTTP_PORT.`;
      throw new FunctionError('DaprUnreachable', 503, message, { cause });
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw new FunctionError(code, 502, `${what} failed: the Dapr runtime answered ${answer.status}${reasonIn(answer.body)}`);
  };
}

function addressOf(env: Readonly<Record<string, string | undefined>>): URL {
  const given = env['DAPR_HTTP_ENDPOINT'];
  if (given !== undefined && URL.canParse(given) && new URL(given).protocol === 'http:') return new URL(given);
  const host = env['DAPR_HOST'] || env['DAPR_SIDECAR_IP'] || '127.0.0.1';
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${env['DAPR_HTTP_PORT'] || '3500'}`;
  if (given === undefined && URL.canParse(address)) return new URL(address);
  throw new FunctionError(
    'DaprUnreachable',
    503,
    `The Dapr runtime cannot be called: ${given === undefined ? 'DAPR_HOST and DAPR_HTTP_PORT are' : 'DAPR_HTTP_ENDPOINT is'} no address of the form http://HOST:PORT.`,
  );
}

function ask(options: RequestOptions, body: string | Uint8Array | undefined): Promise<DaprAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(options, (answer: IncomingMessage) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** Of Dapr's `{ errorCode, message }`. */
function reasonIn(body: Buffer): string {
  try {
    const said = JSON.parse(body.toString()) as { errorCode?: unknown; message?: unknown };
    const words = [said.errorCode, said.message].filter((one) => typeof one === 'string' && one !== '').join(': ');
    if (words !== '') return `, ${words.slice(0, longestSaid)}`;
  } catch {
    // Something else than Dapr answered, or nothing was said.
  }
  return '. Its log may say why.';
}
