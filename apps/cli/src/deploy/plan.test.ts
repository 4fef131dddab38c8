import type { KubeObject } from '@openfunction/resources/nouns';
import { expect, it } from 'vitest';
import { functionName, planDeploy, withSource } from './plan.ts';

const base = { manifest: [], imagePrefix: 'registry.local', options: { namespace: 'default' } };
const written = {
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata: { name: 'written', namespace: 'team' },
  spec: {
    image: 'registry.example.com/written:v1',
    build: {
      builder: 'openfunction/builder-node:v2',
      env: { FUNC_NAME: 'main' },
      srcRepo: { url: 'https://example.com/x.git', sourceSubPath: 'fn' },
    },
    serving: { triggers: { http: { port: 8080 } } },
  },
} as KubeObject;

it('makes a Function up for a folder without a manifest', () => {
  const { fn } = planDeploy({ ...base, folder: 'My_Function' });
  expect(fn).toMatchObject({
    metadata: { name: 'my-function', namespace: 'default' },
    spec: { image: 'registry.local/default/my-function:latest', build: { builder: 'openfunction/builder-node:latest' } },
  });
});

it('keeps what the manifest says, and builds the folder in place of its repository', () => {
  const { fn } = planDeploy({ ...base, manifest: [written], folder: 'fn' });
  expect(withSource(fn, 'registry.local/written@sha256:abc').spec).toMatchObject({
    image: 'registry.example.com/written:v1',
    build: {
      builder: 'openfunction/builder-node:v2',
      env: { FUNC_NAME: 'main' },
      srcRepo: { sourceSubPath: 'fn', bundleContainer: { image: 'registry.local/written@sha256:abc' } },
    },
  });
  expect(withSource(fn, 'x').spec.build?.srcRepo).not.toHaveProperty('url');
});

it('builds from git when asked to', () => {
  const { fn } = planDeploy({
    ...base,
    options: { namespace: 'default', target: 'hello', git: { url: 'https://example.com/team/Hello.git', revision: 'v2', subPath: 'a/b' } },
  });
  expect(fn.metadata.name).toBe('hello');
  expect(fn.spec.build).toMatchObject({
    env: { FUNC_NAME: 'hello' },
    srcRepo: { url: 'https://example.com/team/Hello.git', revision: 'v2', sourceSubPath: 'a/b' },
  });
});

it('applies the other objects of a manifest before the Function', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } };
  expect(planDeploy({ ...base, manifest: [written, secret] }).objects.map(({ kind }) => kind)).toEqual(['Secret', 'Function']);
});

it('refuses a manifest that names another namespace than -n does', () => {
  const into = (onlyNamespace: string) =>
    planDeploy({ ...base, manifest: [written], options: { namespace: onlyNamespace, onlyNamespace } }).fn.metadata.namespace;
  expect(into('team')).toBe('team');
  expect(() => into('shop')).toThrow('"written" into the namespace "team", and -n says "shop"');
});

it('asks for an image where none can be made up, and for one Function at a time', () => {
  expect(() => planDeploy({ ...base, imagePrefix: undefined, folder: 'x' })).toThrow('--image');
  expect(() => planDeploy({ ...base, manifest: [written, written] })).toThrow('one at a time');
  expect(() => functionName('___')).toThrow('--name');
});
