import { describe, expect, it } from 'vitest';
import { allKinds } from './kinds.ts';
import type { KubeObject } from './object.ts';
import { cases } from './testing/cases.ts';
import { validateObject } from './validate.ts';

function causesOf(object: KubeObject, old?: KubeObject): { field: string; reason: string }[] {
  const kind = allKinds.find((each) => each.kind === object.kind);
  return validateObject(kind!, object, old).map(({ field, reason }) => ({ field, reason }));
}

describe('admission', () => {
  it.each(cases.map((each) => [each.name, each] as const))('%s', (_name, { object, causes }) => {
    expect(causesOf(object)).toEqual(causes);
  });

  it('tries every field that Kubernetes has and a function may not set', () => {
    expect(cases.length).toBeGreaterThan(140);
    for (const name of ['template.hostNetwork', 'template.containers[0].securityContext', 'template.volumes[0].hostPath'])
      expect(cases.map((each) => each.name)).toContain(`refuses ${name}`);
  });
});

// Beyond what the API server can say in CEL, so on a cluster the controller says it, with Accepted=False.
const fn = (spec: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata: { name: 'orders', namespace: 'default', ...metadata },
  spec: { image: 'a', ...spec },
});
const fieldsOf = (object: KubeObject): string[] => causesOf(object).map(({ field }) => field);

it.each(['/a//b', '/a/../b', '/./a', '/%2e%2e/', '/a%2fb', '/a?b', '/a#b', '/a\\b', '/a\u0000'])('refuses the path %j', (value) => {
  const rules = [{ matches: [{ path: { type: 'Exact', value } }] }];
  expect(fieldsOf(fn({ serving: { triggers: { http: { route: { rules } } } } }))).toEqual([
    'spec.serving.triggers.http.route.rules[0].matches[0].path.value',
  ]);
});

it.each(['../x', '/etc', 'a/../../x', 'a\\b'])('refuses source in %s', (sourceSubPath) => {
  const build = { builder: 'b', srcRepo: { url: 'https://a/b', sourceSubPath } };
  expect(fieldsOf(fn({ build }))).toEqual(['spec.build.srcRepo.sourceSubPath']);
});

it('refuses parameters that are no names of variables', () => {
  expect(fieldsOf(fn({ serving: { params: { 'a b': 'x', ok: 'y' } } }))).toEqual(['spec.serving.params']);
});

it('refuses containers and volumes with one name', () => {
  const template = { containers: [{ name: 'a' }, { name: 'a' }], volumes: [{ name: 'v' }, { name: 'v' }] };
  expect(causesOf(fn({ serving: { template } }))).toEqual([
    { field: 'spec.serving.template.containers[1]', reason: 'FieldValueDuplicate' },
    { field: 'spec.serving.template.volumes[1]', reason: 'FieldValueDuplicate' },
  ]);
});

it.each([
  [{ labels: { 'a b': 'x' } }, 'metadata.labels'],
  [{ labels: { a: 'x'.repeat(64) } }, 'metadata.labels'],
  [{ annotations: { 'a/b/c': 'x' } }, 'metadata.annotations'],
  [{ annotations: { a: 'x'.repeat(256 * 1024) } }, 'metadata.annotations'],
  [{ finalizers: ['no finalizer'] }, 'metadata.finalizers'],
])('refuses metadata that Kubernetes refuses', (metadata, field) => {
  expect(fieldsOf(fn({ serving: {} }, metadata))).toEqual([field]);
});

it('says what is missing and what may stand in its place', () => {
  const object = {
    ...fn({ serving: { triggers: { http: { engine: 'other' } } } }),
    spec: { serving: { triggers: { http: { engine: 'other' } } } },
  };
  expect(causesOf(object)).toEqual([
    { field: 'spec.image', reason: 'FieldValueRequired' },
    { field: 'spec.serving.triggers.http.engine', reason: 'FieldValueNotSupported' },
  ]);
  expect(causesOf({ ...fn({}), spec: null })).toEqual([{ field: 'spec', reason: 'FieldValueInvalid' }]);
});

it('lets the spec of a Serving never change', () => {
  const old = { ...fn({ timeout: '5s' }), kind: 'Serving' };
  expect(causesOf({ ...old, metadata: { ...old.metadata, labels: { a: 'b' } } }, old)).toEqual([]);
  expect(causesOf({ ...old, spec: { image: 'b' } }, old)).toEqual([{ field: 'spec', reason: 'FieldValueForbidden' }]);
});

it.each(['{{.Secret}}', '{{if .Name}}', 'a{{'])('refuses the template %s', (template) => {
  const object = { ...fn({}), apiVersion: 'networking.openfunction.io/v1alpha1', kind: 'Gateway' };
  const spec = { domain: 'ofn.io', hostTemplate: template, pathTemplate: template };
  expect(fieldsOf({ ...object, spec })).toEqual(['spec.hostTemplate', 'spec.pathTemplate']);
});

it('refuses a host template whose hosts are none', () => {
  const object = { ...fn({}), apiVersion: 'networking.openfunction.io/v1alpha1', kind: 'Gateway' };
  expect(fieldsOf({ ...object, spec: { domain: 'ofn.io', hostTemplate: '{{.Name}}_{{.Domain}}' } })).toEqual(['spec.hostTemplate']);
});
