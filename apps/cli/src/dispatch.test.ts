import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { commands } from './commands.ts';
import { dispatch } from './dispatch.ts';

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough({ encoding: 'utf8' }), new PassThrough({ encoding: 'utf8' })];
  const context = { env: {}, cwd: '/', stdin: new PassThrough(), stdout, stderr, signal: new AbortController().signal };
  const code = await dispatch(args, context);
  return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

it('lists every command, also when asked nothing', async () => {
  const { code, stdout } = await run();
  expect(code).toBe(0);
  for (const name of Object.keys(commands)) expect(stdout).toContain(`  ${name} `);
  expect((await run('--help')).stdout).toBe(stdout);
});

it('says that a command is unknown, and where the known ones are', async () => {
  for (const name of ['frobnicate', 'constructor']) {
    expect(await run(name)).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: there is no command "${name}". Run "ofn --help" for those that there are.\n`,
    });
  }
});

it('suggests the command that was probably meant', async () => {
  expect((await run('deply')).stderr).toContain('Did you mean "deploy"?');
});

it('prints the usage of each command, which begins with how it is called', async () => {
  for (const name of Object.keys(commands)) {
    const { code, stdout } = await run(name, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: ofn ${name}\\b`));
  }
});

it('ends with 2 for an option that it does not know', async () => {
  const { code, stderr } = await run('down', '--frobnicate');
  expect(code).toBe(2);
  expect(stderr).toContain('ofn down --help');
});

it('is the list of commands that docs/cli.md has', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/cli.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name, summary]) => [name, summary]);
  expect(listed).toEqual(Object.entries(commands).map(([name, { summary }]) => [name, summary]));
});

it('has help for a command by either word, and its version', async () => {
  expect((await run('help', 'deploy')).stdout).toBe((await run('deploy', '--help')).stdout);
  expect((await run('--version', '--client')).stdout).toMatch(/^ofn +\d/);
});
