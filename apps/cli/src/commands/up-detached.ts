import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { dataFolder, EmbeddedError, readState, type EmbeddedErrorCode } from '@openfunction/embedded/platform';
import type { CommandContext } from '../command.ts';
import { upText } from './up.ts';

/** Starts `ofn up` in the background with the same options, and returns when it is up. */
export async function upDetached(data: string, args: readonly string[], context: CommandContext): Promise<number> {
  const folder = dataFolder(data);
  const file = path.join(folder.logs, 'up.log');
  const log = openSync(file, 'w', 0o600);
  const same = args.filter((one) => one !== '--detach');
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', 'up', ...same], {
    cwd: context.cwd,
    env: { ...context.env },
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const { promise: ended, resolve } = Promise.withResolvers<'ended'>();
  child.on('exit', () => resolve('ended'));
  child.on('error', () => resolve('ended'));
  for (;;) {
    const state = readState(folder);
    const isUp = state?.pid === child.pid && state?.parts['control']?.isReady === true && state.parts['gateway']?.isReady === true;
    if (isUp) {
      child.unref();
      context.stdout.write(`${upText(state, folder.kubeconfig)}  end it      ofn down\n`);
      return 0;
    }
    if (context.signal.aborted) {
      child.kill('SIGTERM');
      return 130;
    }
    if ((await Promise.race([ended, pause()])) === 'ended') throw whyNot(file);
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 25));
}

/** What the one in the background said last. */
function whyNot(file: string): EmbeddedError {
  const said = readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '';
  const [, code, message] = /^error \((\w+)\): (.+)$/.exec(said) ?? [];
  if (code === undefined || message === undefined) {
    return new EmbeddedError('PartFailed', `OpenFunction did not start. Its log says why: ${file}`);
  }
  return new EmbeddedError(code as EmbeddedErrorCode, message);
}
