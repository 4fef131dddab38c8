import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const main = path.join(import.meta.dirname, 'main.ts');
const heavy = ['zod', '@grpc/grpc-js', 'protobufjs', '@kubernetes/client-node', 'yaml', 'esbuild'];

it('shows its help without loading anything heavy', async () => {
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve: (specifier, context, next) => { process.stderr.write('loads ' + specifier + '\\n'); return next(specifier, context); } });`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    '--conditions=@openfunction/source',
    `--import=data:text/javascript,${encodeURIComponent(hook)}`,
    main,
    '--help',
  ]);
  expect(stdout).toContain('Usage: ofn COMMAND');
  const loaded = [...stderr.matchAll(/^loads (.*)$/gm)].map(([, specifier]) => specifier ?? '');
  expect(loaded.some((specifier) => specifier.endsWith('/dispatch.ts'))).toBe(true);
  expect(loaded.filter((specifier) => heavy.some((name) => specifier.startsWith(name)))).toEqual([]);
});
