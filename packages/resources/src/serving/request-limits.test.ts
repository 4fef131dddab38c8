import { expect, it } from 'vitest';
import { requestLimits } from './request-limits.ts';

const annotations = {
  'autoscaling.knative.dev/container-concurrency': '7',
  'openfunction.io/queue-length': '70',
  'openfunction.io/request-timeout': '7s',
};

it('takes a field before the annotation that says the same, wherever that stands', () => {
  const serving = { containerConcurrency: 5, queueLength: 50, requestTimeout: '5s' };
  const fields = { containerConcurrency: 5, queueLength: 50, requestTimeoutMs: 5000 };
  expect(requestLimits({ serving: { ...serving, annotations } })).toEqual(fields);
  expect(requestLimits({ serving: { ...serving, scaleOptions: { knative: annotations } } })).toEqual(fields);
  expect(requestLimits({ serving, annotations })).toEqual(fields);
});

it('takes the annotation where there is no field, and nothing where there is none of both', () => {
  const said = { containerConcurrency: 7, queueLength: 70, requestTimeoutMs: 7000 };
  expect(requestLimits({ serving: { annotations } })).toEqual(said);
  expect(requestLimits({ serving: {}, annotations })).toEqual(said);
  expect(requestLimits({ serving: {} })).toEqual({});
});

it('lets no request take longer than a day, and takes no time for not said', () => {
  expect(requestLimits({ serving: { requestTimeout: '48h' } })).toEqual({ requestTimeoutMs: 86_400_000 });
  expect(requestLimits({ serving: { requestTimeout: '0s' } })).toEqual({});
});
