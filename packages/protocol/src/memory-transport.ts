import { RpcError } from './rpc-error.ts';
import type { Service, Transport } from './transport.ts';

/** Calls services of this process, through their encoded messages. */
export function memoryTransport(services: readonly Service[]): Transport {
  const closed = new AbortController();
  return {
    call: (path, requests, signal) => call(services, path, requests, AbortSignal.any([signal, closed.signal])),
    close: () => closed.abort(),
  };
}

async function* call(
  services: readonly Service[],
  path: string,
  requests: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const handler = services.map((service) => service.methods.get(path)).find((found) => found !== undefined);
  if (handler === undefined) throw new RpcError('Unimplemented', `Nothing serves ${path}. Serve it on this transport first.`);
  const ended = new AbortController();
  const all = AbortSignal.any([signal, ended.signal]);
  const answers = handler(untilAborted(requests, all), all)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orAborted(answers.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw error instanceof RpcError
      ? error
      : new RpcError('Internal', error instanceof Error ? error.message : 'The call failed.', { cause: error });
  } finally {
    ended.abort();
  }
}

async function* untilAborted(requests: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const iterator = requests[Symbol.asyncIterator]();
  for (;;) {
    const next = await orAborted(iterator.next(), signal);
    if (next.done === true) return;
    yield next.value;
  }
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => reject(new RpcError('Canceled', 'The call was cancelled.'));
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}
