import { expect, it } from 'vitest';
import { readyForPatterns } from './route/patterns.ts';
import type { Route, RouteEntry } from './route/route.ts';
import { RouteTable } from './route-table.ts';

const entry = (path: string, more: Partial<RouteEntry> = {}): RouteEntry => ({
  host: 'h.test',
  path: { type: 'prefix', value: path },
  internal: false,
  stripPrefix: '',
  ...more,
});
const exact = (value: string): Partial<RouteEntry> => ({ path: { type: 'exact', value } });
const pattern = (value: string): Partial<RouteEntry> => ({ path: { type: 'pattern', value } });
const when = (conditions: { method?: string; headers?: string[]; query?: string[] }): Partial<RouteEntry> => {
  const named = (names: string[] = []): { name: string; value: string; isPattern: boolean }[] =>
    names.map((name) => ({ name, value: '1', isPattern: false }));
  return { conditions: { method: conditions.method ?? '', headers: named(conditions.headers), queryParams: named(conditions.query) } };
};
async function tableOf(routes: Record<string, RouteEntry | { entry: RouteEntry; createdAt: number }>): Promise<RouteTable> {
  const table = new RouteTable();
  for (const [id, given] of Object.entries(routes)) {
    const { entry: own, createdAt } = 'entry' in given ? given : { entry: given, createdAt: 0 };
    const route: Route = { id, serving: id, unavailable: '', entries: [own], createdAt };
    await readyForPatterns(route);
    table.upsert(route);
  }
  return table;
}
const all = { method: 'POST', query: '?q=1&r=1', forwarded: 'a: 1\r\nb: 1\r\n' };

it.each([
  ['the exact path before a longer prefix', { exact: entry('', exact('/a/b')), prefix: entry('/a/b') }, 'exact'],
  ['a pattern before a prefix', { pattern: entry('', pattern('/a/.')), prefix: entry('/a/b') }, 'pattern'],
  ['the longest prefix', { short: entry('/a', when({ method: 'POST', headers: ['a'] })), long: entry('/a/b') }, 'long'],
  [
    'a method before headers',
    { headers: entry('/a', when({ headers: ['a', 'b'] })), method: entry('/a', when({ method: 'POST' })) },
    'method',
  ],
  [
    'more headers',
    { one: entry('/a', when({ headers: ['a'], query: ['q', 'r'] })), two: entry('/a', when({ headers: ['a', 'b'] })) },
    'two',
  ],
  ['more parameters', { one: entry('/a', when({ query: ['q'] })), two: entry('/a', when({ query: ['q', 'r'] })) }, 'two'],
  ['the older function', { a: { entry: entry('/a'), createdAt: 2 }, b: { entry: entry('/a'), createdAt: 1 } }, 'b'],
  ['the lower id', { b: entry('/a'), a: entry('/a') }, 'a'],
])('prefers %s', async (_what, routes, winner) => {
  const table = await tableOf(routes);
  expect(table.find('h.test', '/a/b', false, all)?.route.id).toBe(winner);
});

it('goes on to what is less specific where conditions do not hold', async () => {
  const table = await tableOf({
    canary: entry('/a/b', when({ headers: ['canary'] })),
    pattern: entry('', pattern('/x')),
    rest: entry('/'),
  });
  expect(table.find('h.test', '/a/b', false, all)?.route.id).toBe('rest');
  expect(table.find('h.test', '/a/b', false, { ...all, forwarded: 'Canary: 1\r\n' })?.route.id).toBe('canary');
  expect(table.find('h.test', '/x', false, all)?.route.id).toBe('pattern');
});

it('keeps the order of the rules of one function', async () => {
  const table = new RouteTable();
  table.upsert({
    id: 'f',
    serving: 's',
    unavailable: '',
    entries: [entry('/a', { stripPrefix: '/1' }), entry('/a', { stripPrefix: '/2' })],
  });
  expect(table.find('h.test', '/a', false)?.entry.stripPrefix).toBe('/1');
});

it('forgets all of a route', async () => {
  const table = await tableOf({ f: entry('', pattern('/x')), g: entry('/', when({ method: 'POST' })) });
  table.remove('f');
  expect(table.find('h.test', '/x', false, all)?.route.id).toBe('g');
  table.remove('g');
  expect(table.find('h.test', '/x', false, all)).toBeUndefined();
});
