import { spawn } from 'node:child_process';

export interface Finished {
  /** Null when a signal ended it. */
  code: number | null;
  /** The end of what it wrote, at most 64 KiB. */
  output: string;
}

export interface CommandOptions {
  cwd: string;
  env: Record<string, string>;
  log: (text: string) => void;
  /** Ends it, with all that it started, after so long. */
  timeoutMs?: number;
}

/** Runs a program with arguments, never a shell; what it writes also goes to `log`. */
export function runCommand(program: string, args: string[], options: CommandOptions): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const { cwd, env, log, timeoutMs } = options;
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' });
    let output = '';
    const take = (chunk: Buffer): void => {
      const text = chunk.toString('utf8');
      log(text);
      output = (output + text).slice(-65_536);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
