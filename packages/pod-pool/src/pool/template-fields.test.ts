import type { Serving } from '@openfunction/resources';
import type { TemplateField } from '@openfunction/workload';
import { expect, it } from 'vitest';
import { imageFields } from './template-fields.ts';

type Container = NonNullable<NonNullable<Serving['spec']['template']>['containers']>[number];

const ignored = (container: Partial<Container>, ...honours: TemplateField[]): string[] =>
  imageFields(
    {
      apiVersion: 'core.openfunction.io/v1beta2',
      kind: 'Serving',
      metadata: { namespace: 'n', name: 's' },
      spec: { image: 'i', template: { containers: [{ name: 'function', ...container }] } },
    },
    new Set(honours),
  );
const at = 'spec.template.containers[0]';

it('names no part where probes are done as they are written, and all of it where they are not done at all', () => {
  const probes = { readinessProbe: { exec: {}, periodSeconds: 2 }, livenessProbe: { exec: {} } };
  expect(ignored(probes, 'probes')).toEqual([]);
  expect(ignored(probes)).toEqual([`${at}.livenessProbe`, `${at}.readinessProbe`]);
});
