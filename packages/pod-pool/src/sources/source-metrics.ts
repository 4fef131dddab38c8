import type { SourceMetric } from '@openfunction/protocol';
import type { SourceReport } from './decide-sources.ts';

const prefix = 'openfunction_pool_source_';
/** Of more Servings the metrics are left out: a series for each would be too many. */
const mostServings = 500;

interface Gauge {
  name: string;
  help: string;
  of: (metric: SourceMetric) => number;
}

const gauges: readonly Gauge[] = [
  { name: 'value', help: 'What was last measured at a source.', of: ({ value }) => value },
  { name: 'target_value', help: 'What one instance is to have of it, or all together.', of: ({ target }) => target },
  { name: 'active', help: '1 when there is more to do than the activation threshold.', of: ({ isActive }) => (isActive ? 1 : 0) },
  { name: 'failures', help: 'Failures in a row to measure it.', of: ({ failures }) => failures },
];

/** What was last reported of the sources of Servings, by `namespace/name`, as Prometheus text; the active ones first. */
export function sourceMetrics(reports: Iterable<readonly [serving: string, report: SourceReport]>): string {
  const activity = ([, { metrics }]: readonly [string, SourceReport]): number => (metrics.some(({ isActive }) => isActive) ? 1 : 0);
  const shown = [...reports].toSorted((left, right) => activity(right) - activity(left)).slice(0, mostServings);
  return gauges.map((gauge) => textOf(gauge, shown)).join('');
}

function textOf({ name, help, of }: Gauge, shown: readonly (readonly [string, SourceReport])[]): string {
  const lines = shown.flatMap(([serving, { metrics }]) =>
    metrics.map((metric) => `${prefix}${name}{${labels(serving, metric)}} ${of(metric)}\n`),
  );
  return `# HELP ${prefix}${name} ${help}\n# TYPE ${prefix}${name} gauge\n${lines.join('')}`;
}

function labels(id: string, { name }: SourceMetric): string {
  const [namespace = '', serving = ''] = id.split('/');
  return Object.entries({ namespace, serving, source: name })
    .map(([label, value]) => `${label}="${escaped(value)}"`)
    .join(',');
}

/** Names of triggers are free text. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}
