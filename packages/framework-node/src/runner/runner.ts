import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Server as NetServer } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { codeCacheKey } from '../code-cache.ts';
import type { FunctionServer } from '../function-server.ts';
import { functionServer } from '../function-server.ts';
import { loadFunction } from './load-function.ts';
import type { VerifiedLoad, VerifyOptions } from './verify-load.ts';
import { verifyLoad } from './verify-load.ts';
import { LoadError } from './wire.ts';

/** An instance: `control` and `traffic` are `unix:/path` or `tcp:host:port`. */
export interface RunnerOptions extends Omit<VerifyOptions, 'nowMs'> {
  control: string;
  traffic: string;
  workDir: string;
  env: NodeJS.ProcessEnv;
}

const maxLoad = 512 * 1024 * 1024;

/** Starts a Fresh instance. It takes one load ever, and ends the process when that load is not good or it is told to stop. */
export async function startRunner(options: RunnerOptions): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const cacheKey = codeCacheKey();
  let state = 'Fresh';
  let load: VerifiedLoad | undefined;
  let serving: FunctionServer | undefined;
  let control: Server;

  const stop = (code: number): void => {
    state = 'Draining';
    control.close();
    if (!serving) process.exit(code);
    serving.server.close(() => process.exit(code));
    serving.server.closeIdleConnections();
  };
  const answerHealth = (res: ServerResponse): void => {
    const sealingKey = options.sealing?.publicKey.toString('base64url');
    answer(res, 200, {
      state,
      instance: options.instance,
      serving: load?.ticket.serving,
      functionUid: load?.ticket.functionUid,
      generation: load?.ticket.generation,
      bundleDigest: load?.ticket.bundleDigest,
      codeCacheKey: cacheKey,
      inFlight: serving?.inFlight() ?? 0,
      eventLoopDelayMs: delay.mean / 1e6 || 0,
      sealingKey,
    });
  };
  const afterwards = createServer((req, res) => {
    if (req.method === 'GET' && req.url === '/v1/health') return answerHealth(res);
    if (req.method === 'POST' && req.url === '/v1/drain' && load && req.headers.authorization === `Bearer ${load.ticket.nonce}`) {
      answer(res, 200, {});
      return stop(0);
    }
    console.error(JSON.stringify({ level: 'warn', message: 'A control request was refused.', method: req.method }));
    answer(res, req.url === '/v1/load' ? 409 : 404, {
      code: 'Refused',
      message: 'This instance takes only health and an authenticated drain.',
    });
  });
  const take = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    state = 'Loading';
    await closed(control);
    try {
      load = verifyLoad(await bodyOf(req), { ...options, nowMs: Date.now() });
      const loaded = await loadFunction(load, options);
      serving = functionServer({ ...loaded, concurrency: load.settings.concurrency });
      await listen(serving.server, options.traffic);
      control = afterwards;
      await listen(control, options.control);
      state = 'Serving';
      answer(res, 200, loaded.response);
    } catch (error) {
      const own = error instanceof LoadError;
      if (!own) console.error(error);
      if (req.errored || res.closed) process.exit(1);
      res.once('close', () => process.exit(1));
      res.setHeader('connection', 'close');
      answer(res, own ? 400 : 500, {
        loaded: false,
        code: own ? error.code : 'LoadFailed',
        message: own ? error.message : 'The code failed while loading. Its log has the reason.',
      });
    }
  };
  control = createServer((req, res) => {
    if (req.method === 'GET' && req.url === '/v1/health') return answerHealth(res);
    if (req.method === 'POST' && req.url === '/v1/load' && state === 'Fresh') return void take(req, res);
    answer(res, req.url === '/v1/load' ? 409 : 404, { code: 'Refused', message: 'There is one load, and nothing else here.' });
  });
  const crash = (error: unknown): void => {
    console.error(error);
    serving?.failAll(error);
    setImmediate(() => process.exit(70));
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  process.on('SIGTERM', () => stop(0));
  await listen(control, options.control);
}

function answer(res: ServerResponse, status: number, value: object): void {
  const body = JSON.stringify(value);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

/** Closes the listening socket now, without waiting for the connection that carries the load. */
async function closed(server: NetServer): Promise<void> {
  server.close();
  await new Promise((resolve) => setImmediate(resolve));
}

async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxLoad) throw new LoadError('InvalidFrame', 'The load call is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function listen(server: NetServer, address: string): Promise<void> {
  const unix = address.startsWith('unix:');
  const rest = address.slice(address.indexOf(':') + 1);
  const at = rest.lastIndexOf(':');
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (unix) server.listen(rest, resolve);
    else server.listen(Number(rest.slice(at + 1)), rest.slice(0, at), resolve);
  });
}
