import { expect, it } from 'vitest';
import { endingOf } from './ending-of.ts';

const a = { id: 'a' };

it('says how an instance ended, and what may be done about it', () => {
  expect(endingOf(a, 'failed', { finished: { succeeded: false, reason: 'Error', exitCode: 70, message: '' } })).toMatchObject({
    reason: 'FunctionCrashed',
    message: expect.stringContaining('Instance a ended by itself with exit code 70: ') as string,
  });
  expect(endingOf(a, 'failed', { finished: { succeeded: false, reason: 'OOMKilled', message: '' } })).toMatchObject({
    reason: 'FunctionCrashed',
    message: expect.stringContaining('used more memory than it may') as string,
  });
  expect(endingOf(a, 'failed', {}).message).toContain('ended by itself: an error that nothing caught');
  expect(endingOf(a, 'silent', {})).toMatchObject({ reason: 'InstanceSilent' });
  expect(endingOf({ id: 'a', name: 'pod-a' }, 'silent', {})).toMatchObject({
    instance: 'a',
    message: expect.stringContaining('Instance pod-a did not answer') as string,
  });
  const message = 'failed its liveness probe 3 times in a row (GET /live on port 80: status 500)';
  expect(endingOf(a, 'failed', { finished: { succeeded: false, reason: 'Unhealthy', message } })).toMatchObject({
    reason: 'InstanceUnhealthy',
    message: `Instance a ${message}, and was ended. Another takes its place.`,
  });
  expect(endingOf(a, 'failed', undefined)).toMatchObject({ reason: 'InstanceLost' });
});
