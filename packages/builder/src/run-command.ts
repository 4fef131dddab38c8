import { spawn } from 'node:child_process';

export interface Finished {
  code: number | null;
  /** The end of what it wrote, at most 64 KiB. */
  output: string;
  /** Standard output alone, likewise. */
  stdout: string;
}

/** Runs a program with arguments, never a shell; what it writes also goes to `log`. */
export function runCommand(
  program: string,
  args: string[],
  options: { cwd: string; env: Record<string, string>; log: (text: string) => void },
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let stdout = '';
    const take =
      (isOut: boolean) =>
      (chunk: Buffer): void => {
        const text = chunk.toString('utf8');
        options.log(text);
        output = (output + text).slice(-65_536);
        if (isOut) stdout = (stdout + text).slice(-65_536);
      };
    child.stdout.on('data', take(true));
    child.stderr.on('data', take(false));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output, stdout }));
  });
}
