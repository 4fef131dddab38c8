import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { GatewayMetrics } from './metrics.ts';

const promtool = spawnSync('promtool', ['--version']);
// As root, in CI, it must be there: it is part of Debian's package `prometheus`.
const reason = promtool.error !== undefined && process.getuid?.() !== 0 ? 'promtool is not installed' : '';

function used(): GatewayMetrics {
  const metrics = new GatewayMetrics();
  for (const [status, milliseconds] of [
    [200, 0.2],
    [204, 3],
    [404, 1],
    [503, 70_000],
  ] as const)
    metrics.observe(status, milliseconds);
  metrics.observeColdStart(4);
  return metrics;
}

it.skipIf(reason !== '')(`is accepted by promtool${reason && ` (skipped: ${reason})`}`, () => {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: used().text(), encoding: 'utf8' });
  expect(`${stdout}${stderr}`).toBe('');
  expect(status).toBe(0);
});

it('counts requests by class of status and times by bucket', () => {
  const text = used().text();
  expect(text).toContain('openfunction_gateway_requests_total{code="2xx"} 2\n');
  expect(text).toContain('openfunction_gateway_request_duration_seconds_bucket{le="0.001"} 2\n');
  expect(text).toContain('openfunction_gateway_request_duration_seconds_bucket{le="+Inf"} 4\n');
  expect(text).toContain('openfunction_gateway_cold_start_seconds_count 1\n');
});
