import { afterAll, beforeAll, expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { deploy, instances, kubectl, remove } from '../support/functions.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const name = 'seen';

beforeAll(() => deploy(target, { name }));
afterAll(() => remove(target, 'default', name));

it('prints a function in every form', async () => {
  const table = await kubectl(target, 'get', 'functions', name);
  expect(table).toMatch(/^NAME +BUILDSTATE +SERVINGSTATE/);
  expect(await kubectl(target, 'get', 'fn', '-A', '-o', 'wide')).toMatch(/^NAMESPACE +NAME/);
  expect(await kubectl(target, 'get', 'fn', name, '-o', 'name')).toBe(`function.core.openfunction.io/${name}\n`);
  expect(await kubectl(target, 'get', 'fn', name, '-o', 'yaml')).toContain('kind: Function');
  expect(await kubectl(target, 'get', 'fn', name, '-o', 'jsonpath={.spec.version}')).toBe('v1.0.0');
  expect(await kubectl(target, 'get', 'openfunction')).toContain(`function.core.openfunction.io/${name}`);
});

it('describes a function with the events of its life', async () => {
  const description = await kubectl(target, 'describe', 'fn', name);
  expect(description).toMatch(/Events:\n[\s\S]*BuildStarted/);
});

it('tells who watches of every change', async () => {
  const watching = target.kubectl(['get', 'fn', name, '-w', '-o', 'jsonpath={.metadata.labels.step}{"\\n"}', '--request-timeout=8s']);
  await until('a change is seen', 10_000, async () => {
    await kubectl(target, 'label', 'fn', name, `step=number-${Date.now()}`, '--overwrite');
    return (await Promise.race([watching, pause()])) !== 'later';
  });
  expect((await watching).stdout.match(/number-\d+/g)?.length).toBeGreaterThan(1);
});

it('waits for what is and for what will be', async () => {
  expect(await kubectl(target, 'wait', `fn/${name}`, '--for=condition=Ready', '--timeout=30s')).toContain('condition met');
  const late = await target.kubectl(['wait', `fn/${name}`, '--for=jsonpath={.spec.version}=v9', '--timeout=1s']);
  expect(late.code).not.toBe(0);
});

it('reads the log of an instance', async () => {
  expect((await call(target, name, { path: '/?do=throw' })).status).toBe(500);
  const [instance = ''] = await instances(target, 'default', name);
  expect(await kubectl(target, 'get', 'pod', instance)).toContain('Running');
  await until('the log tells of the fault', 10_000, async () => (await kubectl(target, 'logs', instance)).includes('secret of the stack'));
  expect((await kubectl(target, 'logs', instance, '--tail=1')).trim().split('\n')).toHaveLength(1);
});

it('refuses a field that is unknown, and names it', async () => {
  const typo = {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name: 'typo' },
    spec: { imagee: 'x', image: 'x' },
  };
  const { code, stderr } = await target.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(typo) });
  expect(code).not.toBe(0);
  expect(stderr).toContain('spec.imagee');
});

const applied = (version: string): string =>
  JSON.stringify({ apiVersion: 'core.openfunction.io/v1beta2', kind: 'Function', metadata: { name }, spec: { version } });

it('tells on the server who owns a field, and takes it by force alone', async () => {
  const apply = (manager: string, version: string, ...more: string[]): ReturnType<typeof target.kubectl> =>
    target.kubectl(['apply', '--server-side', `--field-manager=${manager}`, ...more, '-f', '-'], { stdin: applied(version) });
  expect((await apply('first', 'v1.0.1', '--force-conflicts')).code).toBe(0);
  const refused = await apply('second', 'v1.0.2');
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('conflict with "first": .spec.version');
  expect((await apply('second', 'v1.0.2', '--force-conflicts', '--dry-run=server')).code).toBe(0);
  expect(await kubectl(target, 'get', 'fn', name, '-o', 'jsonpath={.spec.version}')).toBe('v1.0.1');
});

it('explains, selects, patches, scales and asks what it may', async () => {
  expect(await kubectl(target, 'explain', 'fn.spec.serving.scaleOptions')).toContain('minReplicas');
  expect(await kubectl(target, 'get', 'fn', '--field-selector', `metadata.name=${name}`, '-o', 'name')).toContain(name);
  expect((await target.kubectl(['get', 'fn', '--field-selector', 'spec.image=x'])).stderr).toContain('field label not supported');
  await kubectl(target, 'annotate', 'fn', name, 'openfunction.io/note=kept');
  await kubectl(target, 'patch', 'fn', name, '--type=json', '-p', '[{"op":"add","path":"/metadata/labels","value":{"patched":"yes"}}]');
  expect(await kubectl(target, 'get', 'fn', '-l', 'patched=yes', '-o', 'name')).toContain(name);
  await kubectl(target, 'patch', 'fn', name, '--type=merge', '-p', '{"spec":{"serving":{"scaleOptions":{"minReplicas":1}}}}');
  expect(await kubectl(target, 'scale', 'fn', name, '--replicas=0')).toContain('scaled');
  expect(await kubectl(target, 'get', 'fn', name, '-o', 'jsonpath={.spec.serving.scaleOptions.minReplicas}')).toBe('0');
  expect(await kubectl(target, 'auth', 'can-i', 'create', 'fn')).toContain('yes');
});

it('deletes a function and waits until it is gone', async () => {
  expect(await kubectl(target, 'delete', 'fn', name, '--timeout=30s')).toContain('deleted');
  expect((await target.kubectl(['get', 'fn', name])).stderr).toContain('NotFound');
});

function pause(): Promise<'later'> {
  return new Promise((resolve) => setTimeout(() => resolve('later'), 500));
}
