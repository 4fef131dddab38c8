import { z } from 'zod';
import { jsonLog, type Log } from './log.ts';
import { partMetrics, type PartMetrics } from './part-metrics.ts';
import { serveHealth } from './serve-health.ts';

/** A started part of the platform. */
export interface Part {
  isReady(): boolean;
  /** Prometheus text of what is its own. */
  metrics?(): string;
  close(): Promise<void>;
}

export interface PartContext<Settings> {
  settings: Settings;
  log: Log;
  metrics: PartMetrics;
  /** Ends the process, which the cluster starts again: for what cannot be mended from within. */
  fail(message: string, fields?: unknown): void;
}

export interface PartOptions<Settings> {
  name: string;
  env: NodeJS.ProcessEnv;
  schema: z.ZodType<Settings>;
  start(context: PartContext<Settings>): Promise<Part>;
}

/** Less than the pod's grace period. */
const closeMs = 40_000;

/** Reads the environment, starts the part, tells its health, and closes it when the process is asked to end. */
export async function runPart<Settings>(options: PartOptions<Settings>): Promise<void> {
  const log = jsonLog(options.name, (line) => process.stdout.write(line));
  const fail = (message: string, fields?: unknown): void => {
    log(message, fields);
    process.exit(1);
  };
  process.on('uncaughtException', (error) => fail('It failed and ends', error));
  const parsed = options.schema.safeParse(options.env);
  if (!parsed.success) return fail('It cannot start: the environment is not complete', { problems: z.prettifyError(parsed.error) });
  const port = Number(options.env['OFN_HEALTH_PORT'] ?? 8090);

  const metrics = partMetrics();
  let part: Part | undefined;
  let ending = false;
  const health = await serveHealth({
    port,
    isReady: () => !ending && part?.isReady() === true,
    metrics: async () => `${await metrics.text()}${part?.metrics?.() ?? ''}`,
  });
  const end = (signal: string): void => {
    if (ending) return;
    ending = true;
    log('It ends', { signal });
    setTimeout(() => fail('It did not end in time'), closeMs).unref();
    void Promise.resolve(part?.close()).then(
      () => process.exit(0),
      (error: unknown) => fail('It did not end well', error),
    );
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  part = await options.start({ settings: parsed.data, log, metrics, fail });
  log('It started', { healthPort: health.port });
}
