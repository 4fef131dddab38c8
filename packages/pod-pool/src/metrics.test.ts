import { expect, it } from 'vitest';
import { poolMetrics } from './metrics.ts';

it('writes counts, a histogram and sizes as Prometheus text', () => {
  const metrics = poolMetrics();
  metrics.claimed(4);
  metrics.claimed(70_000);
  metrics.refused('LoadFailed');
  metrics.destroyed('silent');
  const text = metrics.text({ fresh: 2, starting: 1, serving: 3, waiting: 0 });
  expect(text).toContain('openfunction_pool_claim_duration_seconds_bucket{le="0.0025"} 0\n');
  expect(text).toContain('openfunction_pool_claim_duration_seconds_bucket{le="0.005"} 1\n');
  expect(text).toContain('openfunction_pool_claim_duration_seconds_bucket{le="+Inf"} 2\n');
  expect(text).toContain('openfunction_pool_refusals_total{code="LoadFailed"} 1\n');
  expect(text).toContain('openfunction_pool_instances_ended_total{reason="silent"} 1\n');
  expect(text).toContain('openfunction_pool_instances{state="serving"} 3\n');
});
