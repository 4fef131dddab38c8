import { expect, test } from 'vitest';
import { setCondition } from '../conditions.ts';
import { isGitUrl, validateFunction } from './validate.ts';

const fn = (spec: object) => ({
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata: { name: 'orders' },
  spec: { image: 'a', ...spec },
});
const fields = (spec: object) => validateFunction(fn(spec)).map((item) => item.field);

test('accepts a function that only serves', () => expect(fields({ serving: {} })).toEqual([]));
test('refuses a function that neither builds nor serves', () => expect(fields({})).toEqual(['spec']));
test('refuses host access wherever it is asked for', () => {
  const template = {
    hostNetwork: true,
    containers: [{ name: 'function', securityContext: {}, env: [{ name: 'NODE_OPTIONS' }] }],
    volumes: [{ name: 'v', hostPath: { path: '/' } }],
  };
  const at = 'spec.serving.template';
  expect(fields({ serving: { template } })).toEqual([
    `${at}.hostNetwork`,
    `${at}.containers[0].securityContext`,
    `${at}.containers[0].env`,
    `${at}.volumes[0].hostPath`,
  ]);
});
test.each(['ext::sh -c id', '--upload-pack=x', 'git@-x:y', 'ssh://-oProxyCommand=x/y'])('refuses %s as a git URL', (url) => {
  expect(isGitUrl(url)).toBe(false);
});
test.each(['https://a/b.git', 'git@a.b:c/d.git', 'file:///a'])('takes %s as a git URL', (url) => expect(isGitUrl(url)).toBe(true));
test('keeps the transition time while the status stays', () => {
  const ready = { type: 'Ready', status: 'True', reason: 'Ok', message: '' } as const;
  const first = setCondition([], ready, 't1');
  expect(setCondition(first, ready, 't2')).toEqual(first);
});
