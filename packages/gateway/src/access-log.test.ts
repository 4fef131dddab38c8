import fc from 'fast-check';
import { expect, it } from 'vitest';
import { accessLog, type AccessLogEntry } from './access-log.ts';

const entry: AccessLogEntry = {
  requestId: 'r-1',
  method: 'GET',
  host: 'f.test',
  path: '/a',
  status: 200,
  durationMs: 1.23456,
  waitedMs: 0,
  serving: 'n/s',
  instance: 'i',
};

it('is one line of JSON per request, written many at a time', () => {
  const written: string[] = [];
  const log = accessLog(
    (lines) => written.push(lines),
    () => Date.UTC(2026, 0, 2, 3, 4, 5, 67),
  );
  log(entry);
  log({ ...entry, requestId: 'r-2' });
  expect(written).toEqual([]);
  log.flush();
  log.flush();
  expect(written).toHaveLength(1);
  const [first, second] = written[0]!
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(first).toEqual({ time: '2026-01-02T03:04:05.067Z', message: 'request', ...entry, durationMs: 1.235 });
  expect(second).toMatchObject({ requestId: 'r-2' });
});

it('has no character that a terminal would act on, whatever a field holds', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u001b[2J', '\u009b2J', '"', '\\', '\n', '\u2028', '\u202e', '\u007f'),
      (text, evil) => {
        let line = '';
        const log = accessLog(
          (lines) => (line += lines),
          () => 0,
        );
        log({ ...entry, path: text + evil });
        log.flush();
        // oxlint-disable-next-line no-control-regex -- they are what must not be there
        expect(line.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
        expect((JSON.parse(line) as AccessLogEntry).path).toBe(text + evil);
      },
    ),
  );
});
