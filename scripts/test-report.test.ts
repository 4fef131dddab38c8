import { expect, it } from 'vitest';
import { failuresOf } from './test-report.ts';

const counts = { numPassedTests: 1, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0 };

it('names each test that failed, and why, without its stack', () => {
  const failureMessages = ['Error: it is 1\n\nnot 2\n    at file.ts:1:2\n'];
  const assertionResults = [
    { fullName: 'adds', status: 'failed', failureMessages },
    { fullName: 'takes away', status: 'passed', failureMessages: [] },
  ];
  expect(failuresOf({ ...counts, testResults: [{ name: '/r/a.test.ts', message: '', assertionResults }] }, '/r')).toEqual([
    'a.test.ts: adds\n    Error: it is 1\n    not 2',
  ]);
});

it('names a file that could not be run', () => {
  const testResults = [{ name: '/r/b.test.ts', message: 'Hook timed out', assertionResults: [] }];
  expect(failuresOf({ ...counts, testResults }, '/r')).toEqual(['b.test.ts\n    Hook timed out']);
});
