import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactLimits, type ModuleArtifact } from '@openfunction/artifact';
import { runCommand } from './run-command.ts';
import { unpackTar } from './unpack-tar.ts';

export interface CacheMaking {
  artifact: ModuleArtifact;
  workDir: string;
  /** Node, and the runner's own program, which compiles and calls a bundle exactly as an instance does. */
  maker: { command: string; args: string[] } | undefined;
  log: (text: string) => void;
}

const makingMs = 20_000;

/**
 * Runs the function once, in a process that may not start others nor see what the build was given, and takes
 * V8's code cache. Whatever goes wrong, the function works without.
 */
export async function makeCodeCache({ artifact, workDir, maker, log }: CacheMaking): Promise<{ key: string; bytes: Uint8Array }[]> {
  if (maker === undefined) return [];
  const dir = join(workDir, 'cache');
  try {
    await rm(dir, { recursive: true, force: true });
    await mkdir(join(dir, 'work'), { recursive: true });
    if (artifact.assets.length > 0) await unpackTar(artifact.assets, join(dir, 'work'));
    await mkdir(join(dir, 'out'), { recursive: true });
    await writeFile(join(dir, 'bundle.js'), artifact.bundle);
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(artifact.manifest));
    const done = await runCommand(
      maker.command,
      ['--permission', '--max-old-space-size=256', `--allow-fs-read=${dir}`, `--allow-fs-write=${dir}`, ...maker.args, dir],
      {
        cwd: join(dir, 'work'),
        env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: join(dir, 'work'), TMPDIR: join(dir, 'work') },
        log: () => undefined,
        timeoutMs: makingMs,
        maxOutput: 1 << 20,
      },
    );
    const [key] = await readdir(join(dir, 'out'));
    if (key === undefined) {
      log(
        `There is no code cache, so cold starts take longer: ${done.code === null ? `the function did not load within ${makingMs / 1000} s, or wrote too much` : (lastLine(done.output) ?? 'the function ended the process')}\n`,
      );
      return [];
    }
    const path = join(dir, 'out', key);
    if ((await stat(path)).size > artifactLimits.cache) return [];
    return [{ key, bytes: await readFile(path) }];
  } catch (error) {
    log(`There is no code cache, so cold starts take longer: ${error instanceof Error ? error.message : String(error)}\n`);
    return [];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function lastLine(output: string): string | undefined {
  const lines = output.split('\n').filter((line) => /[a-z]/i.test(line));
  // Node prints the line of code and a mark below it before the error, and the stack after it.
  return (lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1))?.trim().slice(0, 300);
}
