import { answerError, type Log } from './answer-error.ts';
import { FunctionError } from './function-error.ts';
import type { FunctionResponse } from './response.ts';

/** The requests that a server answers at this moment. */
export interface InFlight {
  readonly size: number;
  /** How many have begun since the start. */
  readonly begun: number;
  begin(res: FunctionResponse): void;
  /** Answers all with an error, each as the last answer of its connection. */
  failAll(error: unknown): void;
}

/** Ends requests that take longer than `timeoutMs` (0: never), whatever their function does. One timer serves them all. */
export function inFlight({ timeoutMs, log }: { timeoutMs: number; log?: Log }): InFlight {
  const running = new Set<FunctionResponse>();
  let timer: NodeJS.Timeout | undefined;
  let begun = 0;

  function expire(): void {
    timer = undefined;
    const now = performance.now();
    // In order of arrival, so the first that has time left ends the search.
    for (const res of running) {
      const leftMs = res.startedAt + timeoutMs - now;
      if (leftMs > 0) return arm(leftMs);
      running.delete(res);
      endLate(res, timeoutMs, log);
    }
  }
  function arm(ms: number): void {
    timer = setTimeout(expire, Math.ceil(ms)).unref();
  }
  function over(this: FunctionResponse): void {
    running.delete(this);
    const { req } = this;
    if (!this.writableFinished) req.abort(new Error('The caller is gone.'));
    // A request without a body closed before the function saw it: who waits for the caller's end hears of it here.
    if (req.readableEnded && req.rawBody === undefined) req.emit('close');
  }
  return {
    get size() {
      return running.size;
    },
    get begun() {
      return begun;
    },
    begin(res) {
      begun += 1;
      running.add(res);
      res.on('close', over);
      if (timeoutMs === 0) return;
      res.startedAt = performance.now();
      if (timer === undefined) arm(timeoutMs);
    },
    failAll(error) {
      for (const res of running) {
        res.shouldKeepAlive = false;
        answerError(res, error, log);
      }
    },
  };
}

function endLate(res: FunctionResponse, timeoutMs: number, log?: Log): void {
  const error = new FunctionError(
    'FunctionTimeout',
    504,
    `The function did not answer within ${timeoutMs} ms. Make it faster, or raise its timeout.`,
  );
  answerError(res, error, log);
  res.req.abort(error);
  // What the function says afterwards reaches nobody, and must not throw where nobody catches it.
  const mute = (): FunctionResponse => res;
  Object.assign(res, {
    setHeader: mute,
    removeHeader: () => undefined,
    writeHead: mute,
    write: () => false,
    end: mute,
    flushHeaders: () => undefined,
  });
}
