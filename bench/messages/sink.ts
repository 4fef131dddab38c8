import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a function was called with, and when by the machine's monotonic clock. */
export interface Heard {
  n: number;
  id: string;
  atNs: bigint;
}

/** Where functions tell of each message before they answer for it. */
export interface Sink {
  url: string;
  heard: Heard[];
  /** Resolves when all messages below a number were heard, or none was for so long. */
  all(below: number, quietMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Of a function that tells a sink of each message. */
export const source = `exports.bench = async (ctx, data) => {
  const atNs = process.hrtime.bigint();
  const body = JSON.stringify({ n: data.n, id: ctx.event.cloudEvent.id, atNs: String(atNs) });
  const { ok } = await fetch(process.env.SINK, { method: 'POST', body });
  if (!ok) throw new Error('the sink did not take it');
};`;

export async function startSink(): Promise<Sink> {
  const heard: Heard[] = [];
  const seen = new Set<number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { n, id, atNs } = JSON.parse(Buffer.concat(chunks).toString()) as { n: number; id: string; atNs: string };
      heard.push({ n, id, atNs: BigInt(atNs) });
      seen.add(n);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    all: async (below, quietMs) => {
      const isMissing = (): boolean => {
        for (let n = 0; n < below; n++) if (!seen.has(n)) return true;
        return false;
      };
      for (let [count, since] = [-1, Date.now()]; isMissing(); await new Promise((resolve) => setTimeout(resolve, 20))) {
        if (heard.length !== count) [count, since] = [heard.length, Date.now()];
        if (Date.now() - since > quietMs) return;
      }
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** As a CloudEvent of whoever publishes. */
export function eventOf(n: number): string {
  return JSON.stringify({
    specversion: '1.0',
    id: `event-${n}`,
    source: '/bench',
    type: 'bench',
    datacontenttype: 'application/json',
    data: { n },
  });
}
