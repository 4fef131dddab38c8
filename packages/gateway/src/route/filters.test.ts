import { expect, it } from 'vitest';
import { changedHeaders, changedPath, redirectTarget } from './filters.ts';

// The table of the Gateway API's HTTPPathModifier.
it.each([
  ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
  ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
  ['/foo', '/foo', '/xyz', '/xyz'],
  ['/foo/', '/foo', '/xyz', '/xyz/'],
  ['/foo/bar', '/foo', '', '/bar'],
  ['/foo/', '/foo', '', '/'],
  ['/foo', '/foo', '', '/'],
  ['/foo/', '/foo', '/', '/'],
  ['/foo', '/foo', '/', '/'],
])('replaces in %s the prefix %s by %s', (path, prefix, value, changed) => {
  expect(changedPath(path, { isPrefix: true, value }, prefix)).toBe(changed);
});

it('sets, adds and removes headers, whatever their case', () => {
  const lines = 'X-A: 1\r\nx-b: 2\r\nX-C: 3\r\nx-a: 4\r\n';
  expect(changedHeaders(lines, { set: [{ name: 'x-a', value: '9' }], add: [{ name: 'x-b', value: '8' }], remove: ['x-c'] })).toBe(
    'x-b: 2\r\nx-a: 9\r\nx-b: 8\r\n',
  );
});

it.each([
  [{ scheme: 'https' }, 'https://a.test/x?q=1'],
  [{}, 'http://a.test:8080/x?q=1'],
  [{ host: 'b.test', port: 9000 }, 'http://b.test:9000/x?q=1'],
  [{ scheme: 'https', port: 443 }, 'https://a.test/x?q=1'],
  [{ path: { isPrefix: false, value: '/y' } }, 'http://a.test:8080/y?q=1'],
])('redirects by %j', (redirect, target) => {
  const request = { authority: 'a.test:8080', path: '/x', query: '?q=1' };
  expect(redirectTarget({ scheme: '', host: '', port: 0, status: 302, ...redirect }, request, '/')).toBe(target);
});
