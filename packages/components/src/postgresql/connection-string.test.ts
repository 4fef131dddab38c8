import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectionString } from './connection-string.ts';

describe('connectionString', () => {
  it('reads words, quoted or not', () => {
    const text = String.raw`host=db.example user = dapr password='it\'s a \\secret' port=5433 dbname=state connect_timeout=10 sslmode=verify-full`;
    expect(connectionString.parse(text)).toEqual({
      host: 'db.example',
      user: 'dapr',
      password: String.raw`it's a \secret`,
      port: 5433,
      database: 'state',
      connectTimeoutSeconds: 10,
      sslMode: 'verify-full',
    });
  });

  it('reads a URL', () => {
    expect(connectionString.parse('postgres://dapr:s%40cret@[::1]:5433/state?sslmode=require&connect_timeout=3')).toEqual({
      host: '::1',
      port: 5433,
      user: 'dapr',
      password: 's@cret',
      database: 'state',
      sslMode: 'require',
      connectTimeoutSeconds: 3,
    });
  });

  it.each([
    '',
    'host',
    'host=a sslrootcert=/etc/passwd',
    "host='a",
    'host=a port=x',
    'sslmode=maybe',
    'postgres://a:%zz@h/d',
    '__proto__=a',
    'host=a=b c',
  ])('refuses %j', (text) => {
    expect(connectionString.parse(text)).toBeUndefined();
  });

  it('gives back every password, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string(), (password) => {
        const quoted = password.replaceAll(/['\\]/g, String.raw`\$&`);
        expect(connectionString.parse(`user=a password='${quoted}'`)).toEqual({ user: 'a', password });
      }),
    );
  });
});
