import { collectWhenIdle, type Usage } from './collect-when-idle.ts';
import { EmbeddedError } from './embedded-error.ts';
import { beatMs, type PartMessage } from './part.ts';
import { surviveLostLogs } from './survive-lost-logs.ts';

/** How a part ends: with everything else, or alone (someone sent it a signal), and then it is started again. */
export type End = 'with the platform' | 'alone';

/** The frame of a part's process: starts it, tells the supervisor how that went, and closes it when either says so. */
export async function partProcess<Settings, Ready>(
  start: (settings: Settings) => Promise<{ ready: Ready; needs?: Promise<'events'>; close(end: End): Promise<void> }>,
): Promise<void> {
  surviveLostLogs();
  let close: ((end: End) => Promise<void>) | undefined;
  let end: End | undefined;
  const finish = (how: End): void => {
    if (end !== undefined) return;
    end = how;
    if (close === undefined) return;
    void close(how).finally(() => process.exit(0));
    // By now it takes nothing new: another one may, while this one finishes.
    if (how === 'alone') tell({ retiring: true });
  };
  process.on('disconnect', () => finish('with the platform'));
  process.on('SIGTERM', () => finish('alone'));
  process.on('SIGINT', () => finish('alone'));
  try {
    const started = await start(JSON.parse(process.argv[2] ?? '{}') as Settings);
    close = started.close;
    if (end === undefined) {
      tell({ ready: started.ready });
      void started.needs?.then((needs) => tell({ needs }));
      const idle = collectWhenIdle({ intervalMs: beatMs, usage, collect });
      setInterval(() => {
        tell({ beat: true });
        idle.beat();
      }, beatMs).unref();
    } else void close(end).finally(() => process.exit(0));
  } catch (error) {
    const code = error instanceof EmbeddedError ? error.code : 'PartFailed';
    const message = error instanceof Error ? error.message : String(error);
    writeLog('The part could not start', { code, error });
    await new Promise((resolve) => {
      if (process.connected) process.send?.({ failed: { code, message } } satisfies PartMessage<never>, resolve);
      else resolve(undefined);
    });
    process.exit(1);
  }
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { heapBytes: process.memoryUsage().heapUsed, cpuMs: (user + system) / 1000 };
}

/** Whole pages go back to the machine only by this flavour. */
function collect(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

function tell(message: PartMessage<unknown>): void {
  if (process.connected) process.send?.(message);
}

/** One line of JSON in the part's log. */
export function writeLog(message: string, fields?: unknown): void {
  const readable = (_: string, value: unknown): unknown =>
    value instanceof Error ? { name: value.name, message: value.message, stack: value.stack, cause: value.cause } : value;
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), message, fields }, readable)}\n`);
}
