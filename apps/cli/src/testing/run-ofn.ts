import { PassThrough, Readable } from 'node:stream';
import { dispatch } from '../dispatch.ts';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  stdin?: string;
  signal?: AbortSignal;
  /** Sees stdout while the command runs. */
  onStdout?: (text: string) => void;
  onStderr?: (text: string) => void;
}

/** Runs a command in this process, as `main.ts` would. */
export async function runOfn(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { env = {}, cwd = '/', stdin = '', signal = new AbortController().signal, onStdout, onStderr } = options;
  const [stdout, stderr] = [new PassThrough({ encoding: 'utf8' }), new PassThrough({ encoding: 'utf8' })];
  const said = { stdout: '', stderr: '' };
  stdout.on('data', (text: string) => {
    said.stdout += text;
    onStdout?.(text);
  });
  stderr.on('data', (text: string) => {
    said.stderr += text;
    onStderr?.(text);
  });
  const code = await dispatch(args, { env, cwd, stdin: Readable.from([Buffer.from(stdin)]), stdout, stderr, signal });
  // What was written last arrives with the next turn of the loop.
  await new Promise(setImmediate);
  return { code, ...said };
}
