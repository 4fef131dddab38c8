import { describe, expect, it } from 'vitest';
import { parseReference } from './reference.ts';
import { credentialsFor, parseDockerConfig } from './registry-credentials.ts';

const auth = (user: string): { auth: string } => ({ auth: Buffer.from(`${user}:pass:word`).toString('base64') });
const userOf = (auths: Record<string, unknown>, ref: string): string | undefined =>
  credentialsFor(parseDockerConfig(JSON.stringify({ auths })), parseReference(ref))?.username;

describe('registry credentials', () => {
  it('are found by host, and by the longest path first', () => {
    const auths = { 'r.test:5000': auth('all'), 'https://r.test:5000/team/a/': { username: 'a', password: 'x' } };
    expect(userOf(auths, 'r.test:5000/team/a/fn:v1')).toBe('a');
    expect(userOf(auths, 'r.test:5000/team/b:v1')).toBe('all');
    expect(userOf(auths, 'other.test/team/a:v1')).toBeUndefined();
    expect(userOf(auths, 'r.test:50001/team/a:v1')).toBeUndefined();
  });

  it("know Docker's own registry by its old name", () => {
    expect(userOf({ 'https://index.docker.io/v1/': auth('me') }, 'me/fn')).toBe('me');
  });

  it('keep a password with colons whole', () => {
    expect(parseDockerConfig(JSON.stringify({ auths: { 'r.test': auth('u') } })).get('r.test')?.password).toBe('pass:word');
  });

  it.each(['', '[]', 'null', '{"auths":1}', 'secret'])('are refused without being quoted: %s', (text) => {
    expect(() => parseDockerConfig(text)).toThrow(/Docker config/);
  });
});
