import type { Dispatcher } from 'undici';
import type { AppResponse } from './app-channel.ts';

export interface CollectOptions {
  dispatcher: Pick<Dispatcher, 'dispatch'>;
  request: Dispatcher.DispatchOptions;
  maxBytes: number;
  signal: AbortSignal;
}

/** One request and its whole answer. It makes no stream of a body that is small in any case: that would cost as much as the rest. */
export function collectResponse({ dispatcher, request, maxBytes, signal }: CollectOptions): Promise<AppResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let status = 0;
    let headers: AppResponse['headers'] = {};
    let controller: Dispatcher.DispatchController | undefined;

    function fail(error: unknown): void {
      signal.removeEventListener('abort', abort);
      reject(error instanceof Error ? error : new Error(String(error)));
    }
    function abort(): void {
      const reason: unknown = signal.reason;
      fail(reason);
      controller?.abort(reason instanceof Error ? reason : new Error('the call was given up'));
    }

    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    dispatcher.dispatch(request, {
      onRequestStart: (started) => {
        controller = started;
        // It waited for its turn, and nobody waits for it any more.
        if (signal.aborted) abort();
      },
      onResponseStart: (_controller, statusCode, given) => {
        // What comes before the answer tells nothing here.
        if (statusCode < 200) return;
        status = statusCode;
        headers = given;
      },
      onResponseData: (answering, chunk) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > maxBytes) answering.abort(new Error(`the app's answer is larger than ${maxBytes} bytes`));
      },
      onResponseEnd: () => {
        signal.removeEventListener('abort', abort);
        resolve({ status, headers, body: chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks) });
      },
      onResponseError: (_controller, error) => fail(error),
    });
  });
}
