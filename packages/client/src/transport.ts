import { Agent, request as httpsRequest } from 'node:https';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { ClientError } from './client-error.ts';
import { errorFromAnswer } from './status.ts';

/** Where an API server is and who asks. Certificates and keys are PEM. */
export interface Connection {
  server: string;
  token?: string;
  clientCertificate?: string;
  clientKey?: string;
  /** Asked for every request, in place of a token: a login plugin renews what it gives. */
  headers?: () => Promise<Record<string, string>>;
  /** Absent: the system's authorities. */
  ca?: string;
  skipTlsVerify?: boolean;
  /** The name that the certificate has, when the address has another. */
  serverName?: string;
}

export interface Call {
  method: string;
  path: string;
  body?: unknown;
  contentType?: string;
  /** JSON when absent. */
  accept?: string;
  signal?: AbortSignal;
}

export interface Transport {
  /** The answer, when its status is below 400; its body is not read yet. */
  send(call: Call): Promise<IncomingMessage>;
  close(): void;
}

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);
const maxAnswerBytes = 64 * 1024 * 1024;

export function createTransport(connection: Connection): Transport {
  const base = new URL(connection.server);
  const isTls = base.protocol === 'https:';
  if (!isTls && (connection.token !== undefined || connection.headers !== undefined) && !loopback.has(base.hostname)) {
    throw new ClientError(
      'BadKubeconfig',
      `The token is not sent to ${base.origin}: without TLS anyone on the way could read it. Use https.`,
    );
  }
  const tls = {
    ca: connection.ca,
    cert: connection.clientCertificate,
    key: connection.clientKey,
    rejectUnauthorized: connection.skipTlsVerify !== true,
    servername: connection.serverName,
  };
  const agent = isTls ? new Agent({ keepAlive: true, ...tls }) : new HttpAgent({ keepAlive: true });
  const send = async (call: Call): Promise<IncomingMessage> => {
    const answer = await exchange(base, isTls, agent, await headersOf(connection), call);
    const status = answer.statusCode ?? 0;
    if (status < 400) return answer;
    throw errorFromAnswer(status, await readText(answer));
  };
  return { send, close: () => agent.destroy() };
}

async function headersOf({ token, headers }: Connection): Promise<Record<string, string>> {
  if (headers !== undefined) return headers();
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function exchange(base: URL, isTls: boolean, agent: HttpAgent, login: Record<string, string>, call: Call): Promise<IncomingMessage> {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const options: RequestOptions = {
    method: call.method,
    agent,
    signal: call.signal,
    headers: {
      accept: call.accept ?? 'application/json',
      ...login,
      ...(body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
    },
  };
  const url = new URL(`${base.pathname.replace(/\/$/, '')}${call.path}`, base);
  return new Promise((resolve, reject) => {
    const request = isTls ? httpsRequest(url, options, resolve) : httpRequest(url, options, resolve);
    request.once('error', (error) => reject(unreachable(base, call, error)));
    request.end(body);
  });
}

function unreachable(base: URL, call: Call, error: Error): Error {
  if (call.signal?.aborted === true) return error;
  const message = `The API server at ${base.origin} cannot be reached: ${error.message}. Check that it runs and that the kubeconfig names it.`;
  return new ClientError('Unreachable', message, { cause: error });
}

export async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf<Buffer>(answer)) {
    size += chunk.length;
    if (size > maxAnswerBytes) throw new ClientError('BadAnswer', 'The answer of the API server is larger than 64 MiB. List with a limit.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function* chunksOf<Chunk>(answer: IncomingMessage): AsyncGenerator<Chunk> {
  try {
    yield* answer as AsyncIterable<Chunk>;
  } catch (cause) {
    throw new ClientError('Unreachable', 'The connection to the API server broke before its answer was complete. Try again.', { cause });
  }
}

/** The lines of a streamed answer, without their ends. */
export async function* readLines(answer: IncomingMessage): AsyncGenerator<string> {
  answer.setEncoding('utf8');
  let rest = '';
  for await (const chunk of chunksOf<string>(answer)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxAnswerBytes)
      throw new ClientError('BadAnswer', 'A line of the API server is longer than 64 MiB. Is it an API server?');
    yield* lines;
  }
  if (rest !== '') yield rest;
}
