import type { ServingWorld } from '../serving/world.ts';

const prefix = 'openfunction_pool_autoscaler_';
/** More Servings than that are counted, and not shown one by one: a series for each would be too many. */
const mostServings = 500;

interface Gauge {
  name: string;
  help: string;
  of: (world: ServingWorld) => number;
}

const gauges: readonly Gauge[] = [
  { name: 'desired_instances', help: 'Instances that the last decision wants.', of: ({ scale }) => scale?.desired ?? 0 },
  { name: 'actual_instances', help: 'Instances that serve.', of: ({ replicas }) => replicas.size },
  { name: 'starting_instances', help: 'Instances that are being made.', of: ({ starting }) => starting },
  { name: 'panic', help: '1 while the autoscaler panics.', of: ({ scale }) => (scale?.state.kpa.panicSince === undefined ? 0 : 1) },
  { name: 'stable_value', help: 'Mean of the metric over the stable window.', of: ({ scale }) => scale?.stable ?? 0 },
  { name: 'panic_value', help: 'Mean of the metric over the panic window.', of: ({ scale }) => scale?.panic ?? 0 },
  { name: 'target_value', help: 'What one instance is to carry of the metric.', of: ({ limits }) => limits.kpa.target },
  { name: 'sources_instances', help: 'Instances that its sources ask for.', of: ({ sources }) => sources?.desired ?? 0 },
  { name: 'excess_burst_capacity', help: 'Room beyond the burst that is to be expected.', of: ({ scale }) => scale?.excessBurst ?? 0 },
];

/** What the autoscaler decided, as Prometheus text: of the Servings that have instances or waiters, the busiest first. */
export function scaleMetrics(worlds: Iterable<ServingWorld>): string {
  const active = [...worlds].filter(({ scale }) => scale !== undefined);
  const shown = active.toSorted((left, right) => (right.scale?.stable ?? 0) - (left.scale?.stable ?? 0)).slice(0, mostServings);
  const count = `# HELP ${prefix}servings Servings that have instances or waiters.\n# TYPE ${prefix}servings gauge\n${prefix}servings ${active.length}\n`;
  return count + gauges.map((gauge) => textOf(gauge, shown)).join('');
}

function textOf({ name, help, of }: Gauge, worlds: readonly ServingWorld[]): string {
  const head = `# HELP ${prefix}${name} ${help}\n# TYPE ${prefix}${name} gauge\n`;
  return head + worlds.map((world) => `${prefix}${name}{${labelsOf(world)}} ${of(world)}\n`).join('');
}

/** Names of objects: lower-case letters, digits, - and . only. */
function labelsOf({ serving: { metadata } }: ServingWorld): string {
  return `namespace="${metadata.namespace ?? ''}",serving="${metadata.name}"`;
}
