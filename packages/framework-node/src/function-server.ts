import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { DispatchOptions } from './dispatch.ts';
import { dispatcher } from './dispatch.ts';
import { inFlight } from './in-flight.ts';
import { FunctionRequest } from './request.ts';
import { FunctionResponse } from './response.ts';

/** How a server treats its requests. */
export interface ServeOptions {
  /** Requests at one time; surplus is refused before user code. 0 is no limit. */
  concurrency?: number;
  /** How long a request may take; 0 is for ever. */
  timeoutMs?: number;
  /** How long a connection may idle; 0 is for ever, for a caller that closes its own. */
  keepAliveMs?: number;
}

type HttpServer = Server<typeof FunctionRequest, typeof FunctionResponse>;

/** A server that answers with the function and, above `concurrency` requests at one time, refuses surplus before user code runs. */
export interface FunctionServer {
  readonly server: HttpServer;
  inFlight(): number;
  /** Requests begun since the start; not those that were refused as surplus. */
  begun(): number;
  /** Takes nothing more and answers everything in flight with an error, before the process ends. */
  failAll(error: unknown): void;
}

/** Before there is a function, only a gateway that is about to call it has a reason to connect. */
const earlyConnections = 16;

/** A server that may listen before there is a function: until then a few connections may wait, and one that asks for something ends. */
export function serverToBe({ keepAliveMs = 5000 }: Pick<ServeOptions, 'keepAliveMs'>): HttpServer {
  const server = createServer({
    IncomingMessage: FunctionRequest,
    ServerResponse: FunctionResponse,
    // FunctionRequest replays what functions may wait for.
    optimizeEmptyRequests: true,
    keepAliveTimeout: keepAliveMs,
  });
  server.maxConnections = earlyConnections;
  return server.on('request', endEarly);
}

function endEarly(req: FunctionRequest): void {
  req.socket.destroy();
}

/** Makes a server serve a function; the caller makes it listen and closes it. */
export function functionServer(options: DispatchOptions & ServeOptions, server: HttpServer = serverToBe(options)): FunctionServer {
  const dispatch = dispatcher(options);
  const limit = options.concurrency || Infinity;
  const running = inFlight({ timeoutMs: options.timeoutMs ?? 0, log: options.log });
  server.off('request', endEarly);
  server.maxConnections = Infinity;
  server.on('request', (req, res) => {
    if (running.size >= limit) return refuse(res);
    running.begin(res);
    dispatch(req, res);
  });
  return {
    server,
    inFlight: () => running.size,
    begun: () => running.begun,
    failAll: (error) => {
      // Who hears of the crash must not get the next request to the process that dies of it.
      server.close();
      server.closeIdleConnections();
      running.failAll(error);
    },
  };
}

function refuse(res: FunctionResponse): void {
  res.status(503).set('openfunction-surplus', '1');
  res.json({ code: 'Surplus', message: 'This instance is full. Retry on another.' });
}
