import { expect, it } from 'vitest';
import { strippedPath } from './route/prefix.ts';
import type { Route } from './route/route.ts';
import { RouteTable } from './route-table.ts';

function route(id: string, host: string, path: string, type: 'exact' | 'prefix' = 'prefix'): Route {
  return { id, serving: `${id}-1`, unavailable: '', entries: [{ host, path: { type, value: path }, internal: false, stripPrefix: '' }] };
}

it('prefers an exact path, then the longest prefix of whole segments, then a wildcard host', () => {
  const table = new RouteTable();
  for (const each of [
    route('n/root', 'a.test', '/'),
    route('n/long', 'a.test', '/x/y'),
    route('n/exact', 'a.test', '/x/y/z', 'exact'),
    route('n/wild', '*.test', '/'),
  ])
    table.upsert(each);
  const find = (host: string, path: string): string | undefined => table.find(host, path, false)?.route.id;
  expect(find('a.test', '/x/y/z')).toBe('n/exact');
  expect(find('a.test', '/x/y/w')).toBe('n/long');
  expect(find('a.test', '/x/yy')).toBe('n/root');
  expect(find('b.test', '/')).toBe('n/wild');
  expect(find('test', '/')).toBeUndefined();
});

it('leaves a contested path to the lower id, and gives it to the other when that goes', () => {
  const table = new RouteTable();
  table.upsert(route('n/b', 'a.test', '/'));
  table.upsert(route('n/a', 'a.test', '/'));
  expect(table.find('a.test', '/', false)?.route.id).toBe('n/a');
  table.remove('n/a');
  expect(table.find('a.test', '/', false)?.route.id).toBe('n/b');
});

it('replaces itself by a snapshot', () => {
  const table = new RouteTable();
  table.upsert(route('n/old', 'a.test', '/'));
  table.replaceAll([route('n/new', 'b.test', '/')]);
  expect(table.find('a.test', '/', false)).toBeUndefined();
  expect(table.size).toBe(1);
});

it('strips whole segments only', () => {
  expect(strippedPath('/a/b', '/a')).toBe('/b');
  expect(strippedPath('/a', '/a')).toBe('/');
  expect(strippedPath('/ab', '/a')).toBe('/ab');
});
