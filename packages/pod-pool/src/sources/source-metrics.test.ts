import { expect, it } from 'vitest';
import type { SourceMetric } from '@openfunction/protocol';
import { sourceMetrics } from './source-metrics.ts';

const metric = (given: Partial<SourceMetric>): SourceMetric => ({
  name: 'kafka',
  value: 0,
  target: 20,
  isTotal: false,
  isActive: false,
  failures: 0,
  ...given,
});

it('writes what was last measured at each source of each Serving', () => {
  const lag = metric({ name: '0-kafka', value: 45, isActive: true });
  const text = sourceMetrics([['shop/orders-v1', { metrics: [lag, metric({ name: '1-cron', failures: 2 })], ready: 1 }]]);
  const label = 'namespace="shop",serving="orders-v1",source="0-kafka"';
  expect(text).toContain(`# TYPE openfunction_pool_source_value gauge\nopenfunction_pool_source_value{${label}} 45\n`);
  expect(text).toContain(`openfunction_pool_source_target_value{${label}} 20\n`);
  expect(text).toContain(`openfunction_pool_source_active{${label}} 1\n`);
  expect(text).toContain('openfunction_pool_source_failures{namespace="shop",serving="orders-v1",source="1-cron"} 2\n');
});

it('keeps a name of any text within its quotation marks', () => {
  const text = sourceMetrics([['a/b', { metrics: [metric({ name: 'a"b\\c\nd' })], ready: 0 }]]);
  expect(text).toContain(String.raw`source="a\"b\\c\nd"} 0`);
});

it('shows no more Servings than so many, and those with something to do first', () => {
  const reports = Array.from({ length: 700 }, (_, at) => [`n/f${at}`, { metrics: [metric({ isActive: at >= 600 })], ready: 0 }] as const);
  const text = sourceMetrics(reports);
  expect(text.match(/^openfunction_pool_source_value\{/gm)).toHaveLength(500);
  expect(text.match(/^openfunction_pool_source_active\{.*\} 1$/gm)).toHaveLength(100);
});
