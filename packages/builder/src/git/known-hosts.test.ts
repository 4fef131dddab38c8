import { createHmac } from 'node:crypto';
import { assert, constantFrom, property, string, array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostKeys } from './known-hosts.ts';

const key = Buffer.from('a key');
const base64 = key.toString('base64');
const at = { host: 'git.test', port: 22 };
const trusts = (text: string, host = at): boolean => hostKeys(text, host).isTrusted(key);

describe('known hosts', () => {
  it('name hosts plainly, with a port, by pattern, and hashed', () => {
    const salt = Buffer.from('salt');
    const hash = createHmac('sha1', salt).update('git.test').digest('base64');
    for (const hosts of ['git.test', 'other,git.test', '*.test', 'g?t.test', `|1|${salt.toString('base64')}|${hash}`])
      expect(trusts(`# comment\n${hosts} ssh-ed25519 ${base64} me`)).toBe(true);
    expect(trusts(`[git.test]:2222 ssh-ed25519 ${base64}`, { host: 'git.test', port: 2222 })).toBe(true);
  });

  it('trust nothing else', () => {
    for (const line of [
      `git.test ssh-ed25519 ${Buffer.from('other').toString('base64')}`,
      `it.test ssh-ed25519 ${base64}`,
      `*.test,!git.test ssh-ed25519 ${base64}`,
      `[git.test]:2222 ssh-ed25519 ${base64}`,
      `@cert-authority git.test ssh-ed25519 ${base64}`,
      `git.test ssh-ed25519 ${base64}\n@revoked * ssh-ed25519 ${base64}`,
    ])
      expect(trusts(line)).toBe(false);
  });

  it('say which keys to ask for', () => {
    expect(hostKeys(`git.test ssh-rsa ${base64}\ngit.test ssh-rsa ${base64}\n`, at).types).toEqual(['ssh-rsa']);
  });

  it('are read to their end in whatever form, in a moment', () => {
    const part = constantFrom('*', '?', '!', ',', 'git', '.test', ' ', '|1|', '@revoked ', '\n', base64);
    assert(property(array(part), string(), (parts, rest) => void trusts(parts.join('') + rest)));
    expect(trusts(`${'*a'.repeat(5000)} ssh-rsa ${base64}`, { host: 'a'.repeat(253), port: 22 })).toBe(false);
  });
});
