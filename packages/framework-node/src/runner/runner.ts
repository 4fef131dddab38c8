import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { codeCacheKey } from '../code-cache.ts';
import type { FunctionServer } from '../function-server.ts';
import { functionServer, serverToBe } from '../function-server.ts';
import { guardProcess } from '../guard-process.ts';
import { listen } from './listen.ts';
import { loadFunction } from './load-function.ts';
import { readLoad } from './read-load.ts';
import type { VerifiedLoad, VerifyOptions } from './verify-load.ts';
import { verifyLoad } from './verify-load.ts';
import { warmUp } from './warm-up.ts';
import { LoadError } from './wire.ts';

const longestDetail = 1000;

/** An instance: `control` and `traffic` are `unix:/path` or `tcp:host:port`. */
export interface RunnerOptions extends Omit<VerifyOptions, 'nowMs'> {
  control: string;
  traffic: string;
  workDir: string;
  /** Makes the first answers of an instance fast that nobody loads at once; ends early when the signal says so. */
  warm: (signal: AbortSignal) => Promise<void>;
}

/** Starts a Fresh instance. It takes one load ever, and ends the process when that load is not good or it is told to stop. */
export async function startRunner(options: RunnerOptions): Promise<void> {
  const cacheKey = codeCacheKey();
  let state = 'Fresh';
  let load: VerifiedLoad | undefined;
  let serving: FunctionServer | undefined;
  // Both listen for as long as the instance lives: making a socket costs a cold start up to a millisecond.
  const control = createServer();
  // The gateway closes its own connections: two ends that both do meet in broken requests.
  const traffic = serverToBe({ keepAliveMs: 0 });

  const stop = (code: number): void => {
    state = 'Draining';
    control.close();
    if (!serving) process.exit(code);
    traffic.close(() => process.exit(code));
    traffic.closeIdleConnections();
  };
  const answerHealth = (res: ServerResponse): void => {
    const asked = performance.now();
    // One turn of the loop, measured only when somebody asks: a sampling timer would wake idle instances all the time.
    setImmediate(() => {
      const cpu = process.cpuUsage();
      answer(res, 200, {
        state,
        instance: options.instance,
        serving: load?.ticket.serving,
        functionUid: load?.ticket.functionUid,
        generation: load?.ticket.generation,
        bundleDigest: load?.ticket.bundleDigest,
        codeCacheKey: cacheKey,
        inFlight: serving?.inFlight() ?? 0,
        requests: serving?.begun() ?? 0,
        memoryBytes: process.memoryUsage.rss(),
        cpuMs: Math.round((cpu.user + cpu.system) / 1000),
        eventLoopDelayMs: performance.now() - asked,
        sealingKey: options.sealing?.publicKey.toString('base64url'),
      });
    });
  };
  const refuse = (req: IncomingMessage, res: ServerResponse): void => {
    console.error(
      JSON.stringify({ level: 'warn', message: 'A control request was refused.', method: req.method, load: req.url === '/v1/load' }),
    );
    answer(res, req.url === '/v1/load' ? 409 : 404, {
      code: 'Refused',
      message: 'There is one load, then only health and an authenticated drain.',
    });
  };
  const afterwards: RequestListener = (req, res) => {
    if (req.method === 'GET' && req.url === '/v1/health') return answerHealth(res);
    if (req.method === 'POST' && req.url === '/v1/drain' && load && req.headers.authorization === `Bearer ${load.ticket.nonce}`) {
      answer(res, 200, {});
      return stop(0);
    }
    refuse(req, res);
  };
  const take = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    state = 'Loading';
    // From here on nothing knows a route to a load.
    control.off('request', before).on('request', afterwards);
    try {
      const [received] = await Promise.all([readLoad(req), warming.end()]);
      const verified = verifyLoad(received, { ...options, nowMs: Date.now() });
      load = verified;
      const { loadTimeoutMs = 0, concurrency, requestTimeoutMs } = verified.settings;
      const loaded = await within(loadTimeoutMs, loadFunction(verified, options.workDir));
      serving = functionServer({ ...loaded, concurrency, timeoutMs: requestTimeoutMs }, traffic);
      state = 'Serving';
      answer(res, 200, loaded.response);
    } catch (error) {
      answerFailed(req, res, error, options.workDir);
    }
  };
  const before: RequestListener = (req, res) => {
    if (req.method === 'GET' && req.url === '/v1/health') return answerHealth(res);
    if (req.method === 'POST' && req.url === '/v1/load' && state === 'Fresh') return void take(req, res);
    refuse(req, res);
  };
  guardProcess((error) => serving?.failAll(error));
  process.on('SIGTERM', () => stop(0));
  control.on('request', before);
  const warming = warmUp((signal) => options.warm(signal).catch(failedWarm));
  for (const server of [control, traffic]) server.on('connection', warming.postpone);
  await listen(traffic, options.traffic);
  await listen(control, options.control);
}

/** What cannot serve code of its own is not to serve anybody's. */
function failedWarm(error: unknown): never {
  console.error(error);
  process.exit(1);
}

/** Says why the load is not good and ends the process, which is never used again. */
function answerFailed(req: IncomingMessage, res: ServerResponse, error: unknown, workDir: string): void {
  const own = error instanceof LoadError;
  if (!own) console.error(error);
  if (req.errored || res.closed) process.exit(1);
  res.once('close', () => process.exit(1));
  res.setHeader('connection', 'close');
  const message = own ? error.message : 'The code failed while loading.';
  const detail = own ? {} : { detail: `${String(error).slice(0, longestDetail)}${placeOf(error, workDir)}` };
  answer(res, own ? 400 : 500, { loaded: false, code: own ? error.code : 'LoadFailed', message, ...detail });
}

/** The line of the bundle that threw, where a stack names one; its file is in the work folder. */
function placeOf(error: unknown, workDir: string): string {
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  const at = stack.indexOf(`${workDir}/`);
  const place =
    at < 0 ? undefined : /^[^\n:]{1,200}:(\d{1,9}:\d{1,9})/.exec(stack.slice(at + workDir.length + 1, at + workDir.length + 300))?.[1];
  return place === undefined ? '' : ` (bundle:${place})`;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  if (ms <= 0) return work;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      late.reject(
        new LoadError('LoadTimeout', `The code did not finish loading within ${ms} ms. Do less at the top level, or raise the timeout.`),
      ),
    ms,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function answer(res: ServerResponse, status: number, value: object): void {
  const body = JSON.stringify(value);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}
