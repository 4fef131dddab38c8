import { spawn } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataFolder } from './data-folder.ts';
import type { EmbeddedErrorCode } from './embedded-error.ts';
import type { Supervised } from './supervise.ts';
import { watchBeat } from './watch-beat.ts';

/** What a part says to its supervisor. */
export type PartMessage<Ready> =
  | { ready: Ready }
  | { failed: { code: EmbeddedErrorCode; message: string } }
  | { retiring: true }
  /** Another part has to run from now on. */
  | { needs: 'events' }
  | { beat: true };

/** How often a part that works says so. */
export const beatMs = 1000;

export type PartProgram = 'control' | 'gateway' | 'events';

export interface PartOptions<Ready> {
  /** Names its log. */
  name: string;
  program: PartProgram;
  folder: DataFolder;
  env: Readonly<Record<string, string | undefined>>;
  /** What the part is told, when it starts. */
  settings: () => unknown;
  nodeFlags: readonly string[];
  /** Of what it listens on, which the part finds as its descriptors from 4 on. */
  fds: readonly number[];
  onStart(pid: number | undefined): void;
  onMessage(message: Exclude<PartMessage<Ready>, { beat: true }>): void;
  /** A part that worked and said nothing for so long hangs, and is ended. */
  silentMs: number;
  onEnd(): void;
}

const longestEndMs = 15_000;
const logLimitBytes = 10 * 2 ** 20;

/** A part of the platform as a process of its own. It ends when its supervisor lets go of it, for whatever reason. */
export function part<Ready>(options: PartOptions<Ready>): Supervised {
  return { name: options.name, start: () => start(options) };
}

function start<Ready>(options: PartOptions<Ready>): ReturnType<Supervised['start']> {
  const isSource = import.meta.url.endsWith('.ts');
  const entry = fileURLToPath(new URL(`./${options.program}-main.${isSource ? 'ts' : 'js'}`, import.meta.url));
  const log = openLog(path.join(options.folder.logs, `${options.name}.log`));
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      ...options.nodeFlags,
      ...(isSource ? ['--conditions=@openfunction/source'] : []),
      entry,
      JSON.stringify(options.settings()),
    ],
    // A group of its own, so that Ctrl-C reaches the supervisor alone, which ends its parts in order.
    {
      cwd: options.folder.root,
      env: { ...options.env },
      detached: true,
      stdio: ['ignore', log, log, 'ipc', ...options.fds],
    },
  );
  closeSync(log);
  options.onStart(child.pid);
  const watched = watchBeat({ now: Date.now, silentMs: options.silentMs, checkMs: beatMs });
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  let hasEnded = false;
  let isHung = false;
  const end = (how: string): void => {
    if (hasEnded) return;
    hasEnded = true;
    clearInterval(watching);
    options.onEnd();
    resolve(how);
  };
  child.on('message', (said: PartMessage<Ready>) => {
    watched.heard();
    if ('beat' in said) return;
    options.onMessage(said);
    // It finishes by itself, in its own time.
    if ('retiring' in said) end('told to end');
  });
  const watching = setInterval(() => {
    if (!watched.isSilent()) return;
    isHung = true;
    child.kill('SIGKILL');
  }, beatMs).unref();
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) =>
    end(isHung ? `it did not answer for ${options.silentMs / 1000} s` : signal === null ? `exit ${code}` : `signal ${signal}`),
  );
  const stop = (): void => {
    if (child.connected) child.disconnect();
    setTimeout(() => child.kill('SIGKILL'), longestEndMs).unref();
  };
  return { ended, stop };
}

function openLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logLimitBytes) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}
