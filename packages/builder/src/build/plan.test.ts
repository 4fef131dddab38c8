import { describe, expect, it } from 'vitest';
import { confinedPath, durationSeconds, planBuild } from './plan.ts';

const order = { image: 'r.test/fn:v1', srcRepo: { url: 'https://git.test/x.git' } };

describe('planBuild', () => {
  it('builds with any builder-node', () => {
    for (const builder of [
      undefined,
      'openfunction/builder-node:latest',
      'openfunction/builder-node:v2-16.15',
      'openfunction/builder-node:v2-16.13',
      'r.test:5000/openfunction/builder-node-ts@sha256:x',
    ]) {
      expect(planBuild({ ...order, builder }).language).toBe('node');
    }
  });
  it.each([
    'openfunction/builder-go:latest',
    'openfunction/builder-go:v2.4.0-1.17',
    'openfunction/builder-python:latest',
    'openfunction/builder-java:v2-18',
    'openfunction/builder-dotnet:v1',
    'openfunction/buildah:v1.23.1',
    'openfunction/kaniko-executor:v1.7.0',
    'cnbs/sample-builder:alpine',
    'openfunction/builder-nodejs',
    'x',
  ])('refuses %s and says what is supported', (builder) => {
    expect(() => planBuild({ ...order, builder })).toThrow(/builder-node/);
  });
  it('refuses a Dockerfile, and no source', () => {
    expect(() => planBuild({ ...order, dockerfile: 'Dockerfile' })).toThrow(/container engine/);
    expect(() => planBuild({ ...order, srcRepo: {} })).toThrow(/srcRepo/);
  });
  it('prefers the bundle when both sources are given', () => {
    const plan = planBuild({
      ...order,
      srcRepo: { url: 'https://git.test/x', bundleContainer: { image: 'r.test/src:1' }, sourceSubPath: './a//b/' },
    });
    expect(plan.source).toEqual({ kind: 'bundle', image: 'r.test/src:1', subPath: 'a/b' });
  });
  it('refuses sub paths that leave the source', () => {
    for (const path of ['../x', '/etc', 'a/../../b', 'a\\b']) expect(() => confinedPath(path)).toThrow(/leaves the source/);
  });
  it('reads durations', () => {
    expect([durationSeconds('1h30m'), durationSeconds('90s'), durationSeconds('5ms'), durationSeconds('999999h')]).toEqual([
      5400, 90, 1, 86_400,
    ]);
    expect(() => durationSeconds('-5s')).toThrow(/duration/);
  });
});
