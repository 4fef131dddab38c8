import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { DispatchOptions } from './dispatch.ts';
import { dispatcher } from './dispatch.ts';
import { FunctionRequest } from './request.ts';
import { FunctionResponse } from './response.ts';

/** A server that answers with the function and, above `concurrency` requests at one time, refuses surplus before user code runs. */
export interface FunctionServer {
  readonly server: Server<typeof FunctionRequest, typeof FunctionResponse>;
  inFlight(): number;
}

/** Makes a server for a function; the caller makes it listen and closes it. `concurrency` 0 is no limit. */
export function functionServer(options: DispatchOptions & { concurrency?: number }): FunctionServer {
  const dispatch = dispatcher(options);
  const limit = options.concurrency || Infinity;
  let running = 0;
  const server = createServer({ IncomingMessage: FunctionRequest, ServerResponse: FunctionResponse }, (req, res) => {
    if (running >= limit) {
      res.status(503).set('openfunction-surplus', '1').json({ code: 'Surplus', message: 'This instance is full. Retry on another.' });
      return;
    }
    running += 1;
    res.once('close', () => {
      running -= 1;
    });
    dispatch(req, res);
  });
  return { server, inFlight: () => running };
}
