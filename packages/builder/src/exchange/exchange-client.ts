import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { BuildError } from '../build-error.ts';

/** How an instance reaches the builder that started it. */
export interface ExchangeSite {
  socketPath?: string;
  /** Certificates, as PEM, that its TLS is checked against. */
  ca?: string;
}

/** So long a builder may be away, restarting, before a build gives up. */
const patienceMs = 60_000;
const idleMs = 60_000;

export function download(url: string, site: ExchangeSite, limit: number): Promise<Buffer> {
  return patiently(() => call(url, site, limit), url);
}

export async function upload(url: string, bytes: Uint8Array, site: ExchangeSite): Promise<void> {
  await patiently(() => call(url, site, 65_536, bytes), url);
}

class Refusal extends Error {}

async function patiently<T>(work: () => Promise<T>, url: string): Promise<T> {
  const until = Date.now() + patienceMs;
  for (let waitMs = 100; ; waitMs = Math.min(5000, waitMs * 2)) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refusal || Date.now() > until)
        throw new BuildError(
          'BuildFailed',
          `The builder at ${new URL(url).host} cannot be reached: ${error instanceof Error ? error.message : String(error)}. Build again.`,
          { cause: error },
        );
      await delay(waitMs);
    }
  }
}

function call(url: string, { socketPath, ca }: ExchangeSite, limit: number, body?: Uint8Array): Promise<Buffer> {
  const send = url.startsWith('https:') ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const options = { method: body === undefined ? 'GET' : 'POST', agent: false, timeout: idleMs, socketPath, ca };
    const headers = body === undefined ? {} : { 'content-length': body.length };
    const sent = send(url, { ...options, headers }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > limit) response.destroy(new Refusal(`it sent more than ${limit} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        // A builder that has just restarted knows its builds again in a moment; what is used up or too large stays so.
        if (status === 410 || status === 413) reject(new Refusal(`it answered ${status}`));
        else if (status >= 300 || !response.complete) reject(new Error(`it answered ${status}`));
        else resolve(Buffer.concat(chunks));
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('it does not answer')));
    sent.on('error', reject);
    sent.end(body);
  });
}
