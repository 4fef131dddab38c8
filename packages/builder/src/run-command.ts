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
  /** Ends it after so long. */
  timeoutMs?: number;
  /** Ends it when it writes more bytes; default 16 MiB. */
  maxOutput?: number;
}

/** Runs a program with arguments, never a shell; what it writes also goes to `log`. */
export function runCommand(program: string, args: string[], options: CommandOptions): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const { cwd, env, log, timeoutMs, maxOutput = 16 << 20 } = options;
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' });
    let output = '';
    let written = 0;
    const take = (chunk: Buffer): void => {
      written += chunk.length;
      if (written > maxOutput) return void child.kill('SIGKILL');
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
