import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, type Answer, type CallOptions } from '../support/call.ts';
import { deploy, kubectl, remove } from '../support/functions.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const host = 'shop.routes.test';
const names = ['shop', 'shop-next', 'shadow'];
const prefixed = (value: string): object => ({ path: { type: 'PathPrefix', value } });

interface Seen {
  version: string;
  path: string;
  host: string;
  team?: string;
  id?: string;
}

const ask = (path: string, options: CallOptions = {}): Promise<Answer> => call(target, 'shop', { host, ...options, path });
const seenBy = async (path: string, options?: CallOptions): Promise<Seen> => {
  const { status, body } = await ask(path, options);
  expect([status, body]).toEqual([200, expect.any(String)]);
  return JSON.parse(body) as Seen;
};

beforeAll(async () => {
  const from = { source: 'routed', target: 'routed' };
  await deploy(target, { ...from, name: 'shadow', params: { VERSION: 'shadow' } });
  await deploy(target, {
    ...from,
    name: 'shop',
    params: { VERSION: 'one' },
    route: {
      hostnames: [host],
      rules: [
        { matches: [prefixed('/orders')] },
        {
          matches: [prefixed('/api/v1')],
          filters: [
            { type: 'URLRewrite', urlRewrite: { hostname: 'inner.test', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } },
            { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'X-Team', value: 'blue' }] } },
            { type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['X-Inner'], add: [{ name: 'X-Outer', value: 'yes' }] } },
          ],
        },
        {
          matches: [{ path: { type: 'Exact', value: '/old' } }],
          filters: [
            { type: 'RequestRedirect', requestRedirect: { statusCode: 301, path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } } },
          ],
        },
        { matches: [{ path: { type: 'RegularExpression', value: '/items/[0-9]+' }, method: 'GET' }] },
        {
          matches: [prefixed('/copied')],
          filters: [
            { type: 'RequestMirror', requestMirror: { backendRef: { name: 'shadow', kind: 'Function', group: 'core.openfunction.io' } } },
          ],
        },
      ],
    },
  });
  await deploy(target, {
    ...from,
    name: 'shop-next',
    params: { VERSION: 'next' },
    route: { hostnames: [host], rules: [{ matches: [{ ...prefixed('/orders'), headers: [{ name: 'X-Canary', value: 'always' }] }] }] },
  });
  await until('all routes lead somewhere', 60_000, async () => {
    const answers = await Promise.all([ask('/orders/1'), ask('/orders/1', { headers: { 'x-canary': 'always' } })]);
    return answers.every(({ status }) => status === 200) && answers[1]?.body.includes('next');
  });
});
afterAll(() => remove(target, 'default', ...names));

it('hands the path on whole, with its parameters', async () => {
  expect(await seenBy('/orders/7')).toMatchObject({ version: 'one', path: '/orders/7', host, id: '7' });
});

it('sends requests with a header to another function', async () => {
  expect(await seenBy('/orders/7', { headers: { 'X-Canary': 'always' } })).toMatchObject({ version: 'next' });
  expect(await seenBy('/orders/7', { headers: { 'X-Canary': 'never' } })).toMatchObject({ version: 'one' });
});

it('rewrites path, host and headers', async () => {
  expect(await seenBy('/api/v1/stock', { headers: { 'X-Team': 'red' } })).toEqual({
    version: 'one',
    path: '/stock',
    host: 'inner.test',
    team: 'blue',
  });
  const { headers } = await ask('/api/v1');
  expect(headers).toMatchObject({ 'x-outer': 'yes' });
  expect(headers).not.toHaveProperty('x-inner');
});

it('redirects', async () => {
  const { status, headers } = await ask('/old?q=1');
  expect([status, headers?.location]).toEqual([301, `http://${host}/new?q=1`]);
});

it('matches by pattern and method, and nothing else', async () => {
  expect(await seenBy('/items/12')).toMatchObject({ path: '/items/12' });
  expect((await ask('/items/12', { method: 'POST' })).status).toBe(404);
  expect((await ask('/items/twelve')).status).toBe(404);
});

it('copies requests to a second function', async () => {
  expect(await seenBy('/copied/a', { method: 'POST', body: 'hello' })).toMatchObject({ version: 'one' });
  await until('the copy arrives', 60_000, async () =>
    (await call(target, 'shadow', { path: '/seen' })).body.includes('POST /copied/a hello'),
  );
});

it('refuses rules that cannot be had, with their path and why', async () => {
  const rules = [{ matches: [{ path: { type: 'RegularExpression', value: '/(?=a)' } }] }];
  const patch = JSON.stringify({ spec: { serving: { triggers: { http: { route: { hostnames: ['bad.routes.test'], rules } } } } } });
  const refused = await target.kubectl(['patch', 'fn', 'shadow', '--type=merge', '-p', patch]);
  const said =
    refused.code === 0
      ? await until('the controller says so', 60_000, async () => {
          const text = await kubectl(target, 'get', 'fn', 'shadow', '-o', 'jsonpath={.status.conditions[?(@.type=="Accepted")].message}');
          return text.includes('RE2') ? text : undefined;
        })
      : refused.stderr;
  expect(said).toContain('spec.serving.triggers.http.route.rules[0].matches[0].path.value');
  expect(said).toContain('is no regular expression of RE2');
});
