import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ControllerObserver, ReconcileResult } from '@openfunction/reconcile';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What is measured of every part, by the names that controller-runtime and client-go have for it. */
export interface PartMetrics {
  observer(controller: string): ControllerObserver;
  apiAnswered(method: string, status: number): void;
  leads(lease: string, isHolder: boolean): void;
  /** Prometheus text. */
  text(): Promise<string>;
}

const seconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];
const results: readonly ReconcileResult[] = ['success', 'error', 'terminal_error', 'requeue_after'];

export function partMetrics(): PartMetrics {
  const registers = [new Registry()];
  const counter = (name: string, help: string, labelNames: string[]): Counter => new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string, labelNames: string[]): Gauge => new Gauge({ name, help, labelNames, registers });
  const histogram = (name: string, help: string, labelNames: string[]): Histogram =>
    new Histogram({ name, help, labelNames, registers, buckets: seconds });
  const queue = {
    depth: gauge('workqueue_depth', 'Keys that wait.', ['name']),
    adds: counter('workqueue_adds_total', 'Keys that were put in line.', ['name']),
    retries: counter('workqueue_retries_total', 'Keys that were put in line again after a failure.', ['name']),
    waited: histogram('workqueue_queue_duration_seconds', 'How long a key was in line.', ['name']),
    worked: histogram('workqueue_work_duration_seconds', 'How long a key was worked on.', ['name']),
  };
  const reconcile = {
    total: counter('controller_runtime_reconcile_total', 'Reconciliations, by their result.', ['controller', 'result']),
    errors: counter('controller_runtime_reconcile_errors_total', 'Reconciliations that failed.', ['controller']),
    time: histogram('controller_runtime_reconcile_time_seconds', 'How long a reconciliation took.', ['controller']),
    active: gauge('controller_runtime_active_workers', 'Workers that are busy.', ['controller']),
  };
  const requests = counter('rest_client_requests_total', 'Calls of the API server, by method and status.', ['method', 'code']);
  const leader = gauge('leader_election_master_status', 'Whether this replica holds the Lease.', ['name']);
  ofProcess(registers);

  function observer(controller: string): ControllerObserver {
    const labels = { controller };
    const name = { name: controller };
    // A rate needs a series that is there before its first event.
    for (const result of results) reconcile.total.inc({ controller, result }, 0);
    reconcile.errors.inc(labels, 0);
    queue.retries.inc(name, 0);
    return {
      depth: (size) => queue.depth.set(name, size),
      added: () => queue.adds.inc(name),
      retried: () => queue.retries.inc(name),
      taken: (waitedMs) => queue.waited.observe(name, waitedMs / 1000),
      began: () => {
        const since = performance.now();
        reconcile.active.inc(labels);
        return (result) => {
          const took = (performance.now() - since) / 1000;
          reconcile.active.dec(labels);
          reconcile.total.inc({ controller, result });
          if (result === 'error' || result === 'terminal_error') reconcile.errors.inc(labels);
          reconcile.time.observe(labels, took);
          queue.worked.observe(name, took);
        };
      },
    };
  }

  return {
    observer,
    apiAnswered: (method, status) => requests.inc({ method, code: status === 0 ? '<error>' : String(status) }),
    leads: (lease, isHolder) => leader.set({ name: lease }, isHolder ? 1 : 0),
    text: async () => (await Promise.all(registers.map((one) => one.metrics()))).join(''),
  };
}

/** Of the process itself, by the names that Prometheus' own clients use. */
function ofProcess(registers: Registry[]): void {
  const lag = monitorEventLoopDelay({ resolution: 20 });
  lag.enable();
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system time.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  const memory = new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  const start = new Gauge({ name: 'process_start_time_seconds', help: 'Since the epoch.', registers });
  start.set(Math.floor(Date.now() / 1000 - process.uptime()));
  const delay = new Gauge({
    name: 'nodejs_eventloop_lag_p99_seconds',
    help: 'Delay of the event loop since the last scrape.',
    registers,
    collect() {
      this.set(lag.percentile(99) / 1e9);
      lag.reset();
    },
  });
  void [cpu, memory, delay];
}
