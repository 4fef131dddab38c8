import { spawnSync } from 'node:child_process';
import { createQueue, manualClock, startReconciler, TerminalError } from '@openfunction/reconcile';
import { expect, it } from 'vitest';
import { partMetrics } from './part-metrics.ts';

const promtool = spawnSync('promtool', ['--version']);
// As root the test scripts bring it: there its absence is a failure.
const reason = promtool.error !== undefined && process.getuid?.() !== 0 ? 'promtool is not installed' : '';

async function used(): Promise<string> {
  const metrics = partMetrics();
  const observer = metrics.observer('functions');
  const clock = manualClock();
  const queue = createQueue({ clock, random: () => 0, observer });
  let isOver: () => void = () => undefined;
  const over = new Promise<void>((done) => (isOver = done));
  const reconciler = startReconciler({
    queue,
    clock,
    observer,
    workers: 1,
    resyncMs: 1e9,
    listKeys: async () => ['good', 'later', 'bad', 'hopeless', 'last'],
    reconcile: async (key) => {
      if (key === 'bad') throw new Error('bad');
      if (key === 'hopeless') throw new TerminalError('hopeless');
      if (key === 'last') isOver();
      return key === 'later' ? { requeueAfterMs: 1000 } : undefined;
    },
    onError: () => undefined,
  });
  await over;
  await reconciler.close();
  metrics.apiAnswered('GET', 200);
  metrics.apiAnswered('PATCH', 0);
  metrics.leads('openfunction-controller', true);
  return metrics.text();
}

it('counts what controllers do by the names of controller-runtime', async () => {
  const lines = (await used()).split('\n');
  for (const line of [
    'workqueue_adds_total{name="functions"} 5',
    'workqueue_retries_total{name="functions"} 1',
    'workqueue_depth{name="functions"} 0',
    'workqueue_queue_duration_seconds_count{name="functions"} 5',
    'workqueue_work_duration_seconds_count{name="functions"} 5',
    'controller_runtime_reconcile_total{controller="functions",result="success"} 2',
    'controller_runtime_reconcile_total{controller="functions",result="requeue_after"} 1',
    'controller_runtime_reconcile_total{controller="functions",result="error"} 1',
    'controller_runtime_reconcile_total{controller="functions",result="terminal_error"} 1',
    'controller_runtime_reconcile_errors_total{controller="functions"} 2',
    'controller_runtime_active_workers{controller="functions"} 0',
    'rest_client_requests_total{method="GET",code="200"} 1',
    'rest_client_requests_total{method="PATCH",code="<error>"} 1',
    'leader_election_master_status{name="openfunction-controller"} 1',
  ])
    expect(lines).toContain(line);
  expect(lines.some((line) => /^process_cpu_seconds_total \d/.test(line))).toBe(true);
});

it.skipIf(reason !== '')(`is accepted by promtool${reason && ` (skipped: ${reason})`}`, async () => {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await used(), encoding: 'utf8' });
  expect(`${stdout}${stderr}`).toBe('');
  expect(status).toBe(0);
});
