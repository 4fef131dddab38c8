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

it('names each part of a readiness probe that a ground leaves out which asks in its own way', () => {
  const readinessProbe = { httpGet: { port: 'http', scheme: 'HTTPS' }, periodSeconds: 2, failureThreshold: 5 };
  expect(ignored({ readinessProbe }, 'readinessProbe')).toEqual([
    `${at}.readinessProbe.periodSeconds`,
    `${at}.readinessProbe.failureThreshold`,
    `${at}.readinessProbe.httpGet.scheme`,
  ]);
  expect(ignored({ readinessProbe: { exec: { command: ['true'] } } }, 'readinessProbe')).toEqual([`${at}.readinessProbe.exec`]);
  expect(ignored({ readinessProbe: { httpGet: { port: 80, scheme: 'HTTP' } } }, 'readinessProbe')).toEqual([]);
});

it('names no part where probes are done as they are written, and all of it where they are not done at all', () => {
  const probes = { readinessProbe: { exec: {}, periodSeconds: 2 }, livenessProbe: { exec: {} } };
  expect(ignored(probes, 'readinessProbe', 'probes')).toEqual([]);
  expect(ignored(probes)).toEqual([`${at}.livenessProbe`, `${at}.readinessProbe`]);
  expect(ignored(probes, 'readinessProbe')).toContain(`${at}.livenessProbe`);
});
