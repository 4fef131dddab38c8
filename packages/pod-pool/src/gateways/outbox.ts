/** What is to be sent on one stream, in order; reading ends with the signal. */
export interface Outbox<T> {
  push(message: T): void;
  read(signal: AbortSignal): AsyncGenerator<T>;
}

export function outbox<T>(): Outbox<T> {
  const queue: T[] = [];
  let wake = (): void => {};
  return {
    push: (message) => {
      queue.push(message);
      wake();
    },
    read: async function* (signal) {
      signal.addEventListener('abort', () => wake());
      while (!signal.aborted) {
        const next = queue.shift();
        if (next !== undefined) yield next;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
            if (signal.aborted) resolve();
          });
      }
    },
  };
}
