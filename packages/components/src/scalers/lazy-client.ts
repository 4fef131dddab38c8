import { abortable } from '../abortable.ts';

/** A client that is opened when it is first needed, and anew after anything failed. */
export interface LazyClient<T> {
  use<R>(signal: AbortSignal, work: (client: T) => Promise<R>): Promise<R>;
  close(): Promise<void>;
}

export function lazyClient<T extends { close(): Promise<void> }>(open: () => Promise<T>): LazyClient<T> {
  let current: Promise<T> | undefined;

  function drop(client: Promise<T>): Promise<void> {
    if (current === client) current = undefined;
    // One that never opened, or that is gone already, has nothing to close.
    return client.then((opened) => opened.close()).catch(() => undefined);
  }

  return {
    use: async (signal, work) => {
      const client = (current ??= open());
      try {
        return await abortable(
          client.then((opened) => {
            signal.throwIfAborted();
            return work(opened);
          }),
          signal,
        );
      } catch (error) {
        void drop(client);
        throw error;
      }
    },
    close: async () => (current === undefined ? undefined : drop(current)),
  };
}
