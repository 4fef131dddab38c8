import { afterAll, expect, it } from 'vitest';
import { call, probeOf } from '../support/call.ts';
import { deploy, kubectl, manifest, remove, tryDeploy } from '../support/functions.ts';
import { failures, traffic } from '../support/traffic.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();

afterAll(() => remove(target, 'default', 'loads-not', 'builds-not', 'never-worked', 'never-loads', 'lost-source'));

it('keeps callers on the old version when the new one does not load, and says why', async () => {
  const name = 'loads-not';
  await deploy(target, { name, params: { VERSION: 'good' } });
  const load = traffic(target, name, { perSecond: 20 });
  await load.more(20);

  const { code, stderr } = await tryDeploy(target, { name, source: 'broken', params: { VERSION: 'bad' } });
  expect(code).not.toBe(0);
  expect(stderr).toContain('the database is not configured');
  await load.more(40);

  const answers = await load.stop();
  expect(failures(answers)).toEqual([]);
  expect(new Set(answers.map((answer) => probeOf(answer).version))).toEqual(new Set(['good']));
  expect(await kubectl(target, 'describe', 'function', name)).toContain('the database is not configured');
  expect((await target.ofn(['describe', name])).stdout).toContain('the database is not configured');
});

it('keeps callers on the old version when the new one does not build, and names file and line', async () => {
  const name = 'builds-not';
  await deploy(target, { name, params: { VERSION: 'good' } });

  const { code, stderr } = await tryDeploy(target, { name, source: 'syntax-error' });
  expect(code).not.toBe(0);
  expect(stderr).toContain('index.js:2');

  expect(probeOf(await call(target, name)).version).toBe('good');
  expect(await kubectl(target, 'describe', 'function', name)).toContain('index.js:2');
  expect((await target.ofn(['describe', name])).stdout).toContain('index.js:2');

  // What the builder keeps may go with it: the end of the log stands beside the reason.
  const last = await kubectl(target, 'get', 'functions.core.openfunction.io', name, '-o', 'jsonpath={.status.build.resourceRef}');
  expect(await kubectl(target, 'get', 'builder', last, '-o', 'jsonpath={.status.log}')).toContain('index.js:2');
  expect((await target.ofn(['logs', '--build', name])).stdout).toContain('index.js:2');
});

it('says to deploy again when what was sent for a build is not there any more', async () => {
  const name = 'lost-source';
  const fn = manifest(target, { name }) as { spec: { build: object } };
  const image = `${target.imagePrefix}/lost-source@sha256:${'0'.repeat(64)}`;
  Object.assign(fn.spec.build, { srcRepo: { bundleContainer: { image } } });
  expect((await target.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(fn) })).stderr).toBe('');
  const why = '--for=jsonpath={.status.build.reason}=UploadLost';
  await kubectl(target, 'wait', why, `functions.core.openfunction.io/${name}`, '--timeout=90s');
  expect((await target.ofn(['describe', name])).stdout).toContain('Run "ofn deploy" again');
});

it('answers 503 with a reason for a function that never worked', async () => {
  const name = 'never-worked';
  expect((await tryDeploy(target, { name, source: 'syntax-error' })).code).not.toBe(0);
  const { status, body } = await call(target, name);
  expect(status).toBe(503);
  expect(body).toContain(name);
  expect(body).toContain('CompileFailed');
  expect(body).not.toContain('    at ');
});

it('does not call a first version ready that no instance can load, when it is asked to try', async () => {
  const name = 'never-loads';
  const { code, stderr } = await tryDeploy(target, { name, source: 'broken' }, { isTried: true });
  expect(stderr).toContain('the database is not configured');
  expect(code).toBe(6);
  expect(await kubectl(target, 'describe', 'function', name)).toContain('the database is not configured');
  const ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
  expect(await kubectl(target, 'get', 'functions.core.openfunction.io', name, '-o', ready)).toBe('False');
});
