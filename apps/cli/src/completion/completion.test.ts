import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { commands } from '../commands.ts';
import { runOfn } from '../testing/run-ofn.ts';

async function script(shell: string): Promise<string> {
  const { code, stdout } = await runOfn(['completion', shell]);
  expect(code).toBe(0);
  return stdout;
}

/** What bash offers after these words; `ofn` is a stand-in that knows two functions. */
function offered(completion: string, ...words: string[]): string[] {
  const program = `ofn() { echo "orders hello"; }
${completion}
COMP_WORDS=(ofn ${words.map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${words.length}; _ofn; echo "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['--norc', '-c', program], { encoding: 'utf8' }).trim().split(/\s+/);
}

it('completes commands, their options and names of functions in bash', async () => {
  const completion = await script('bash');
  expect(offered(completion, 'de')).toEqual(Object.keys(commands).filter((name) => name.startsWith('de')));
  expect(offered(completion, 'logs', '--f')).toEqual(['--follow']);
  expect(offered(completion, 'invoke', '--event-')).toContain('--event-mode');
  expect(offered(completion, 'logs', 'o')).toEqual(['orders']);
});

it('has every command and its options for each shell', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const text = await script(shell);
    for (const name of Object.keys(commands)) expect(text).toContain(name);
    expect(text).toContain('all-namespaces');
  }
});

it('names the shells that it knows', async () => {
  for (const words of [[], ['tcsh'], ['bash', 'zsh'], ['toString']]) {
    const { code, stderr } = await runOfn(['completion', ...words]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Name a shell: bash, zsh, fish.')]);
  }
});
