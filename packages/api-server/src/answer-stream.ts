import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Sends texts as fast as they are taken, until they or the client end. */
export async function stream(response: ServerResponse, lines: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  try {
    for await (const line of lines) {
      if (!response.write(line)) await once(response, 'drain', { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  response.end();
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string[]> = {}): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}
