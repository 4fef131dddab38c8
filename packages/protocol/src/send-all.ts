import { once, type EventEmitter } from 'node:events';

/** Writes messages one after the other, as fast as what `drains` takes them; stops with the signal. */
export async function sendAll(
  messages: AsyncIterable<Uint8Array>,
  sink: { write(message: Uint8Array): boolean; drains: EventEmitter },
  signal: AbortSignal,
): Promise<void> {
  for await (const message of messages) {
    if (signal.aborted) return;
    if (!sink.write(message)) await once(sink.drains, 'drain', { signal });
  }
}
