import { spawn } from 'node:child_process';
import type { CommandOptions, CommandResult } from './target.ts';

export interface ProgramOptions extends CommandOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** Runs a program to its end. Never throws: one that cannot be started, or is late, has the code 127 or 124. */
export function runCommand(program: string, args: readonly string[], options: ProgramOptions = {}): Promise<CommandResult> {
  const { stdin, timeoutMs = 120_000, env = process.env, cwd } = options;
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    const end = (code: number, more = ''): void => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() + more });
    };
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (error) => end(127, error.message));
    child.on('close', (code) => (isLate ? end(124, `\n${program} was ended after ${timeoutMs} ms`) : end(code ?? 137)));
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}

/** The output of a program; throws with what it said when it did not end well. */
export async function outputOf(program: string, args: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}
