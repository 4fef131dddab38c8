import { request, type IncomingMessage } from 'node:http';
import { ClientError } from '@openfunction/client';

export interface Call {
  to: { host: string; port: number };
  url: URL;
  method: string;
  headers: Record<string, string[]>;
  body: Uint8Array | undefined;
  signal: AbortSignal;
}

/** Sends one request to the gateway; answers as soon as the answer's head is there. */
export function send({ to, url, method, headers, body, signal }: Call): Promise<IncomingMessage> {
  const head = { ...to, method, path: `${url.pathname}${url.search}`, headers: { 'user-agent': 'ofn', ...headers, host: url.host } };
  return new Promise((resolve, reject) => {
    const sent = request({ ...head, signal, agent: false }, resolve);
    sent.on('error', (cause) => reject(signal.aborted ? cause : unreachable(to, cause)));
    sent.end(body);
  });
}

function unreachable({ host, port }: Call['to'], cause: Error): ClientError {
  return new ClientError('Unreachable', `The gateway at ${host}:${port} did not answer: ${cause.message}.`, { cause });
}
