import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { commands } from './commands.ts';

const main = path.join(import.meta.dirname, 'main.ts');
const heavy = ['zod', '@grpc/grpc-js', 'protobufjs', '@kubernetes/client-node', 'yaml', 'esbuild', 'undici', 'tar-stream', 'ignore'];
const hook = `import { registerHooks } from 'node:module';
  registerHooks({ resolve: (specifier, context, next) => { process.stderr.write('loads ' + specifier + '\\n'); return next(specifier, context); } });`;

/** What `ofn` prints, and every module that it loads for that. */
async function loadedBy(...args: string[]): Promise<{ stdout: string; loaded: string[] }> {
  const node = ['--conditions=@openfunction/source', `--import=data:text/javascript,${encodeURIComponent(hook)}`, main, ...args];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, node);
  return { stdout, loaded: [...stderr.matchAll(/^loads (.*)$/gm)].map(([, specifier]) => specifier ?? '') };
}

function heavyOf(loaded: readonly string[]): string[] {
  return loaded.filter((specifier) => heavy.some((name) => specifier === name || specifier.startsWith(`${name}/`)));
}

it('shows its help without loading anything heavy', async () => {
  const { stdout, loaded } = await loadedBy('--help');
  expect(stdout).toContain('Usage: ofn COMMAND');
  expect(loaded.some((specifier) => specifier.endsWith('/dispatch.ts'))).toBe(true);
  expect(heavyOf(loaded)).toEqual([]);
});

it.each(Object.keys(commands))('shows the help of %s without loading anything heavy', async (name) => {
  const { stdout, loaded } = await loadedBy(name, '--help');
  expect(stdout).toContain(`Usage: ofn ${name}`);
  expect(loaded.some((specifier) => specifier.endsWith(`/commands/${name}.ts`))).toBe(true);
  expect(heavyOf(loaded)).toEqual([]);
});
