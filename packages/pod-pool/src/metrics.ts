const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const prefix = 'openfunction_pool_';

/** What is counted as it happens. */
export interface PoolMetrics {
  claimed(ms: number): void;
  refused(code: string): void;
  destroyed(why: 'failed' | 'silent' | 'drained'): void;
  /** Prometheus text, with the present sizes after what was counted. */
  text(sizes: PoolSizes): string;
}

export interface PoolSizes {
  fresh: number;
  starting: number;
  serving: number;
  waiting: number;
}

export function poolMetrics(): PoolMetrics {
  const counts = new Float64Array(bounds.length + 1);
  const refusals = new Map<string, number>();
  const destroyed = new Map<string, number>();
  let seconds = 0;
  let claims = 0;
  const add = (map: Map<string, number>, name: string): void => void map.set(name, (map.get(name) ?? 0) + 1);

  function histogram(): string {
    const name = `${prefix}claim_duration_seconds`;
    let total = 0;
    const buckets = bounds.map((bound, at) => `${name}_bucket{le="${bound}"} ${(total += counts[at] ?? 0)}\n`).join('');
    return `${head(name, 'histogram', 'From the decision to claim to a loaded function.')}${buckets}${name}_bucket{le="+Inf"} ${claims}\n${name}_sum ${seconds}\n${name}_count ${claims}\n`;
  }

  return {
    claimed: (ms) => {
      const at = bounds.findIndex((bound) => ms / 1000 <= bound);
      const bucket = at < 0 ? bounds.length : at;
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      seconds += ms / 1000;
      claims += 1;
    },
    refused: (code) => add(refusals, code),
    destroyed: (why) => add(destroyed, why),
    text: (sizes) =>
      histogram() +
      counter('refusals_total', 'Claims that gave no instance, by reason.', 'code', refusals) +
      counter('instances_ended_total', 'Instances that were ended, by reason.', 'reason', destroyed) +
      Object.entries(sizes)
        .map(([state, count]) => `${prefix}instances{state="${state}"} ${count}\n`)
        .reduce((text, line) => text + line, head(`${prefix}instances`, 'gauge', 'Instances by state; waiting: requests without a slot.')),
  };
}

function counter(name: string, help: string, label: string, values: ReadonlyMap<string, number>): string {
  const lines = [...values].map(([value, count]) => `${prefix}${name}{${label}="${value.replaceAll(/[\\"\n]/g, '_')}"} ${count}\n`);
  return head(prefix + name, 'counter', help) + lines.join('');
}

function head(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}
