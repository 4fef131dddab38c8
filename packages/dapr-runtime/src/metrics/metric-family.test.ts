import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metricFamily } from './metric-family.ts';

describe('a family of metrics', () => {
  it('is written as Prometheus reads it, and not at all while it is empty', () => {
    const count = metricFamily({ name: 'a_count', help: 'Things.', labels: ['kind'] });
    expect(count.text()).toBe('');
    count.record(['x']);
    count.record(['x']);
    count.record(['y "\\\n']);
    expect(count.text()).toBe('# HELP a_count Things.\n# TYPE a_count counter\na_count{kind="x"} 2\na_count{kind="y \\"\\\\\\n"} 1\n');
    const latency = metricFamily({ name: 'ms', help: 'Time.', labels: [], buckets: [1, 10] });
    for (const value of [0.5, 1, 7, 70]) latency.record([], value);
    expect(latency.text().split('\n').slice(2)).toEqual([
      'ms_bucket{le="1"} 2',
      'ms_bucket{le="10"} 3',
      'ms_bucket{le="+Inf"} 4',
      'ms_sum{} 78.5',
      'ms_count{} 4',
      '',
    ]);
  });

  it('never grows beyond its bound, and loses no count by it', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 50 }), (topics) => {
        const family = metricFamily({ name: 'n', help: 'h', labels: ['topic'] });
        for (let number = 0; number < 600; number++) family.record([`topic${number}`]);
        for (const topic of topics) family.record([topic]);
        const counts = [...family.text().matchAll(/ (\d+)$/gm)].map(([, count]) => Number(count));
        expect(counts.length).toBeLessThanOrEqual(501);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(600 + topics.length);
      }),
      { numRuns: 20 },
    );
  });
});
