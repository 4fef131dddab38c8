/** Series of one name, by the values of its labels. */
export interface MetricFamily {
  /** A counter counts one; a histogram takes the value too. */
  record(labels: readonly string[], value?: number): void;
  /** In Prometheus' text format; nothing while there is nothing. */
  text(): string;
}

export interface MetricFamilyOptions {
  name: string;
  help: string;
  labels: readonly string[];
  /** Upper bounds of a histogram's buckets; without them it is a counter. */
  buckets?: readonly number[];
}

interface Series {
  count: number;
  sum: number;
  buckets: number[];
}

// Topics and operations are for callers to name: whoever names thousands gets them in one series.
const mostSeries = 500;

export function metricFamily({ name, help, labels, buckets = [] }: MetricFamilyOptions): MetricFamily {
  const all = new Map<string, { values: readonly string[]; series: Series }>();

  function seriesOf(values: readonly string[]): Series {
    const key = values.join('\0');
    const found = all.get(key);
    if (found !== undefined) return found.series;
    if (all.size >= mostSeries && values.some((value) => value !== other)) return seriesOf(values.map(() => other));
    const series = { count: 0, sum: 0, buckets: buckets.map(() => 0) };
    all.set(key, { values, series });
    return series;
  }

  function lines(values: readonly string[], { count, sum, buckets: counts }: Series): string[] {
    const pairs = labels.map((label, index) => `${label}="${escaped(values[index] ?? '')}"`);
    if (buckets.length === 0) return [`${name}${braced(pairs)} ${count}`];
    let below = 0;
    return [
      ...buckets.map((bound, index) => `${name}_bucket${braced([...pairs, `le="${bound}"`])} ${(below += counts[index] ?? 0)}`),
      `${name}_bucket${braced([...pairs, 'le="+Inf"'])} ${count}`,
      `${name}_sum${braced(pairs)} ${sum}`,
      `${name}_count${braced(pairs)} ${count}`,
    ];
  }

  return {
    record: (values, value = 1) => {
      const series = seriesOf(values);
      series.count++;
      series.sum += value;
      const bucket = buckets.findIndex((bound) => value <= bound);
      if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    },
    text: () => {
      if (all.size === 0) return '';
      const head = [`# HELP ${name} ${help}`, `# TYPE ${name} ${buckets.length === 0 ? 'counter' : 'histogram'}`];
      return `${[...head, ...[...all.values()].flatMap(({ values, series }) => lines(values, series))].join('\n')}\n`;
    },
  };
}

const other = 'other';

const braced = (pairs: readonly string[]): string => `{${pairs.join(',')}}`;

const escaped = (value: string): string =>
  value
    .replace(/\\/g, String.raw`\\`)
    .replace(/\n/g, String.raw`\n`)
    .replace(/"/g, String.raw`\"`);
