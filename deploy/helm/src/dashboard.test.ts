import { readFileSync } from 'node:fs';
import path from 'node:path';
import { busMetrics } from '@openfunction/event-bus-app/bus-metrics';
import { GatewayMetrics } from '@openfunction/gateway';
import { partMetrics } from '@openfunction/part';
import { poolMetrics } from '@openfunction/pod-pool';
import { expect, it } from 'vitest';
import { chart } from './render.ts';

interface Dashboard {
  panels: { type: string; title: string; targets?: { expr: string }[] }[];
}

it('asks in the dashboard only for what the parts measure', async () => {
  const part = partMetrics();
  part.observer('functions');
  const pool = poolMetrics().text({ fresh: 0, starting: 0, serving: 0, waiting: 0 });
  const text = [await part.text(), new GatewayMetrics().text(), pool, busMetrics({ apps: [] })].join('');
  const known = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  const { panels } = JSON.parse(readFileSync(path.join(chart, 'files/dashboard.json'), 'utf8')) as Dashboard;
  const asked = panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => expr.match(/\b[a-z]+(?:_[a-z0-9]+)+(?=[[{)])/g) ?? []));
  expect(asked.length).toBeGreaterThan(15);
  expect(asked.map((name) => name.replace(/_(bucket|sum|count)$/, '')).filter((name) => !known.has(name))).toEqual([]);
});
