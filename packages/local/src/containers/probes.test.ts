import type { InstanceTemplate } from '@openfunction/workload';
import { expect, it } from 'vitest';
import { probesOf } from './probes.ts';

type Pod = NonNullable<InstanceTemplate['pod']>;
type Container = NonNullable<Pod['template']['containers']>[number];

const template = (container: Partial<Container>): InstanceTemplate => ({
  port: 8080,
  pod: { container: 1, template: { containers: [{ name: 'beside' }, { name: 'function', ...container }] } },
});

it('asks whether the port is open, until it is, where nothing is written', () => {
  const readiness = { target: { kind: 'tcp', port: 8080 }, periodMs: 1000 };
  expect(probesOf(template({}))).toEqual({ readiness: expect.objectContaining(readiness) as object, isReadyForGood: true });
  expect(probesOf(template({ livenessProbe: { exec: {} } })).liveness).toBeUndefined();
});

it('takes what is written, and the defaults of Kubernetes for what is not', () => {
  const probes = probesOf(
    template({
      ports: [{ name: 'web', containerPort: 9898 }],
      startupProbe: { tcpSocket: { port: '81' } },
      livenessProbe: {
        httpGet: { port: 'web', path: '/live', scheme: 'HTTPS' },
        initialDelaySeconds: 3,
        periodSeconds: 5,
        timeoutSeconds: 2,
        failureThreshold: 4,
      },
      readinessProbe: { exec: { command: ['/ready', '-q'] }, successThreshold: 2 },
    }),
  );
  const defaults = { initialDelayMs: 0, periodMs: 10_000, timeoutMs: 1000, successThreshold: 1, failureThreshold: 3 };
  expect(probes).toEqual({
    startup: { ...defaults, target: { kind: 'tcp', port: 81 } },
    liveness: {
      target: { kind: 'http', port: 9898, path: '/live', isTls: true },
      initialDelayMs: 3000,
      periodMs: 5000,
      timeoutMs: 2000,
      successThreshold: 1,
      failureThreshold: 4,
    },
    readiness: { ...defaults, target: { kind: 'exec', command: ['/ready', '-q'] }, successThreshold: 2 },
    isReadyForGood: false,
  });
});
