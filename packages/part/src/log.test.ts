import { expect, it } from 'vitest';
import { jsonLog } from './log.ts';

const at = (): Date => new Date('2026-01-02T03:04:05.006Z');

it('writes one line of JSON, with errors as plain fields', () => {
  const lines: string[] = [];
  const log = jsonLog('gateway', (line) => lines.push(line), at);
  log('It started', { port: 80 });
  log('It failed', { key: 'a/b', error: Object.assign(new TypeError('no\nway'), { code: 'E1' }) });
  log('It failed', new Error('bare'));
  expect(lines.map((line) => line.split('\n').length)).toEqual([2, 2, 2]);
  const [started, failed, bare] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(started).toEqual({ time: '2026-01-02T03:04:05.006Z', part: 'gateway', message: 'It started', port: 80 });
  expect(failed).toMatchObject({ key: 'a/b', error: { name: 'TypeError', message: 'no\nway', code: 'E1' } });
  expect(bare).toMatchObject({ message: 'It failed', error: { message: 'bare' } });
});
