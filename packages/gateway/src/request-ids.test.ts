import { expect, it } from 'vitest';
import { childTraceparent, newRequestId } from './request-ids.ts';

it('makes ids that differ', () => {
  const ids = new Set(Array.from({ length: 10_000 }, () => newRequestId()));
  expect(ids.size).toBe(10_000);
});

it('stays in the trace of the caller, with its flags and a span of its own', () => {
  const inbound = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const spans = new Set(Array.from({ length: 10_000 }, () => childTraceparent(inbound)));
  expect(spans.size).toBe(10_000);
  for (const traceparent of [...spans].slice(0, 100))
    expect(traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
});

it('begins traces that are not sampled', () => {
  const traces = new Set(Array.from({ length: 1000 }, () => childTraceparent('').slice(3, 35)));
  expect(traces.size).toBe(1000);
  expect(childTraceparent('')).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/);
});
