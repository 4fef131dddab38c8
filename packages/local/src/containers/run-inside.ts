import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import type { ProbeAnswer } from './prober.ts';

export interface InsideCommand {
  /** The runtime, and the words before it that bring it to where the container was started. */
  runtime: readonly [command: string, ...args: string[]];
  /** Where the runtime keeps what it knows of containers. */
  state: string;
  id: string;
  command: readonly string[];
  timeoutMs: number;
  /** A file that nobody else uses. */
  pidFile: string;
  onStart: (pid: number) => void;
}

const longestWords = 300;

/** Runs a command in a container, as what the container itself is and with no more rights. */
export function runInside({ runtime, state, id, command, timeoutMs, pidFile, onStart }: InsideCommand): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const [program, ...before] = runtime;
    const words = [...before, '--root', state, 'exec', '--pid-file', pidFile, id, ...command];
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env: {} });
    if (child.pid !== undefined) onStart(child.pid);
    let heard = '';
    let isLate = false;
    const hear = (chunk: Buffer): void => void (heard.length < longestWords && (heard += chunk.toString('utf8')));
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const timer = setTimeout(() => {
      isLate = true;
      // The runtime waits for what it started, which only its own pid ends.
      killOne(pidIn(pidFile));
      child.kill('SIGKILL');
    }, timeoutMs);
    const end = (isGood: boolean, said: string): void => {
      clearTimeout(timer);
      rmSync(pidFile, { force: true });
      resolve({ isGood, said });
    };
    child.on('error', (error) => end(false, `its command cannot be run: ${error.message}`));
    child.on('exit', (code) => {
      if (isLate) return end(false, `its command took more than ${timeoutMs / 1000} s`);
      const [line = ''] = heard.trim().slice(0, longestWords).split('\n');
      end(code === 0, `its command ended with exit code ${code ?? 'none'}${line === '' ? '' : `: ${line}`}`);
    });
  });
}

function pidIn(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

function killOne(pid: number): void {
  try {
    if (pid > 1) process.kill(pid, 'SIGKILL');
  } catch {
    // It ended just then.
  }
}
