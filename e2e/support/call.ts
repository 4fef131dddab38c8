import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import type { Target } from '../targets/target.ts';

export interface Answer {
  /** 0: no answer came, and `body` says why. */
  status: number;
  body: string;
  retryAfter?: string;
  headers?: IncomingHttpHeaders;
}

export interface CallOptions {
  namespace?: string;
  path?: string;
  method?: string;
  body?: string;
  headers?: Record<string, string>;
  /** Instead of the function's own external host name. */
  host?: string;
  agent?: Agent;
  /** 60,000 by default. */
  timeoutMs?: number;
}

/** Calls a function through the gateway by its external host name. Never throws: what went wrong is the answer. */
export function call(target: Target, name: string, options: CallOptions = {}): Promise<Answer> {
  const { namespace = 'default', path = '/', method = 'GET', body, headers, timeoutMs = 60_000 } = options;
  return new Promise((resolve) => {
    const sent = request(
      {
        ...target.gateway,
        path,
        method,
        agent: options.agent ?? false,
        headers: { ...headers, host: options.host ?? `${name}.${namespace}.${target.domain}` },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', (error) => resolve({ status: 0, body: error.message }));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            headers: answer.headers,
            ...(answer.headers['retry-after'] === undefined ? {} : { retryAfter: answer.headers['retry-after'] }),
          }),
        );
      },
    );
    sent.on('error', (error) => resolve({ status: 0, body: error.message }));
    sent.end(body);
  });
}

/** What the probe function answered. */
export interface Probe {
  instance: string;
  version?: string;
  tenant?: string;
  secret?: string;
  config?: string;
  port?: number;
}

/** The probe's answer; fails when it was not 200. */
export function probeOf(answer: Answer): Probe {
  if (answer.status !== 200) throw new Error(`The probe answered ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body) as Probe;
}
