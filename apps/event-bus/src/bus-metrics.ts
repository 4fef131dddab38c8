import type { DaprRuntime } from '@openfunction/dapr-runtime';

/** Prometheus text of what is connected in this replica. */
export function busMetrics({ apps }: Pick<DaprRuntime, 'apps'>): string {
  const sources = apps.flatMap((app) => app.sources).length;
  return [
    '# HELP openfunction_bus_apps Functions whose components are open in this replica.',
    '# TYPE openfunction_bus_apps gauge',
    `openfunction_bus_apps ${apps.length}`,
    '# HELP openfunction_bus_sources Sources that this replica takes messages from.',
    '# TYPE openfunction_bus_sources gauge',
    `openfunction_bus_sources ${sources}`,
    '',
  ].join('\n');
}
