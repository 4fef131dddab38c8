import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { DispatchOptions } from './dispatch.ts';
import { answerError, dispatcher } from './dispatch.ts';
import { FunctionRequest } from './request.ts';
import { FunctionResponse } from './response.ts';

/** A server that answers with the function and, above `concurrency` requests at one time, refuses surplus before user code runs. */
export interface FunctionServer {
  readonly server: Server<typeof FunctionRequest, typeof FunctionResponse>;
  inFlight(): number;
  /** Answers everything in flight with an error, before the process ends. */
  failAll(error: unknown): void;
}

/** Makes a server for a function; the caller makes it listen and closes it. `concurrency` 0 is no limit. */
export function functionServer(options: DispatchOptions & { concurrency?: number }): FunctionServer {
  const dispatch = dispatcher(options);
  const limit = options.concurrency || Infinity;
  const running = new Set<FunctionResponse>();
  const server = createServer({ IncomingMessage: FunctionRequest, ServerResponse: FunctionResponse }, (req, res) => {
    if (running.size >= limit) {
      res.status(503).set('openfunction-surplus', '1').json({ code: 'Surplus', message: 'This instance is full. Retry on another.' });
      return;
    }
    running.add(res);
    res.once('close', () => {
      running.delete(res);
    });
    dispatch(req, res);
  });
  return { server, inFlight: () => running.size, failAll: (error) => running.forEach((res) => answerError(res, error, options.log)) };
}
