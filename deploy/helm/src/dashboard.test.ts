import { readFileSync } from 'node:fs';
import path from 'node:path';
import { daprMetrics } from '@openfunction/dapr-runtime';
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
  const dapr = daprMetrics();
  const measured = { app: { id: 'a', namespace: 'default' }, component: 'one', ms: 1 };
  dapr.delivered('topic', 'success', measured);
  dapr.operated('state', 'get', true, measured);
  const text = [await part.text(), new GatewayMetrics().text(), pool, busMetrics({ apps: [] }), dapr.text()].join('');
  const known = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  const { panels } = JSON.parse(readFileSync(path.join(chart, 'files/dashboard.json'), 'utf8')) as Dashboard;
  const asked = panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => expr.match(/\b[a-z]+(?:_[a-z0-9]+)+(?=[[{)])/g) ?? []));
  expect(asked.length).toBeGreaterThan(15);
  const isKnown = (name: string): boolean => known.has(name) || known.has(name.replace(/_(bucket|sum|count)$/, ''));
  expect(asked.filter((name) => !isKnown(name))).toEqual([]);
});
