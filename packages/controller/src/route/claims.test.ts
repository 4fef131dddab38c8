import { expect, test } from 'vitest';
import { routeClaims, type Claimant } from './claims.ts';

const at = (host: string, value: string): Claimant['entries'][number] => ({
  host,
  path: { type: 'PATH_MATCH_TYPE_PREFIX', value },
  internal: false,
  stripPrefix: '',
});
const shop: Claimant = { id: 'shop/pay', createdAt: '2', chosen: false, entries: [at('pay.shop.example', '/')] };
const thief: Claimant = { id: 'evil/thief', createdAt: '1', chosen: true, entries: [at('pay.shop.example', '/login')] };
const sibling: Claimant = { ...thief, id: 'shop/login' };

test('gives no path of a host that was made for a function to another namespace', () => {
  const claims = routeClaims(() => {});
  claims.claim(shop);
  expect(claims.claim(thief)).toEqual([{ entry: thief.entries[0], owner: 'shop/pay' }]);
});

test('lets functions of one namespace share a host that was made for one of them', () => {
  const claims = routeClaims(() => {});
  claims.claim(shop);
  expect(claims.claim(sibling)).toEqual([]);
});

test('says when a chosen host is made for another function, and when it is free again', () => {
  const changed: string[] = [];
  const claims = routeClaims((id) => changed.push(id));
  expect(claims.claim(thief)).toEqual([]);
  claims.claim(shop);
  expect(changed.splice(0)).toEqual(['evil/thief']);
  expect(claims.claim(thief)).toHaveLength(1);
  claims.release(shop.id);
  expect(changed).toEqual(['evil/thief']);
  expect(claims.claim(thief)).toEqual([]);
});

test('forgets a host that was made for a function which now chooses another', () => {
  const claims = routeClaims(() => {});
  claims.claim(shop);
  claims.claim({ ...shop, chosen: true, entries: [at('pay.example', '/')] });
  expect(claims.claim(thief)).toEqual([]);
});

test('lets a second function have the requests of a path that have a header', () => {
  const claims = routeClaims(() => {});
  const canary = {
    ...at('pay.shop.example', '/'),
    rule: { headers: [{ name: 'x-canary', value: '1', isPattern: false }], queryParams: [], method: '' },
  };
  claims.claim(shop);
  expect(claims.claim({ ...sibling, entries: [canary] })).toEqual([]);
  expect(claims.claim({ ...sibling, id: 'shop/late', createdAt: '3', entries: [canary] })).toEqual([
    { entry: canary, owner: 'shop/login' },
  ]);
});
