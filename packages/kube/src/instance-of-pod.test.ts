import { expect, it } from 'vitest';
import { instanceOfPod, type Pod } from './instance-of-pod.ts';
import { parseLogLine, sealingKeyIn } from './log-line.ts';

function pod(status: Pod['status'], restartPolicy = 'Always', annotations: Record<string, string> = {}): Pod {
  const metadata = {
    name: 'p',
    namespace: 'n',
    uid: 'u',
    annotations,
    labels: { 'openfunction.io/workload': 'w' },
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { restartPolicy }, status };
}
const ready = [{ type: 'Ready', status: 'True' }];

it('has endpoints once the pod is ready', () => {
  expect(instanceOfPod(pod({ phase: 'Running', podIP: '10.0.0.1' }))).not.toHaveProperty('endpoints');
  expect(instanceOfPod(pod({ phase: 'Running', podIP: '10.0.0.1', conditions: ready }))).toMatchObject({
    id: 'u',
    phase: 'Ready',
    endpoints: { control: { host: '10.0.0.1', port: 9000 }, traffic: { host: '10.0.0.1', port: 8080 } },
  });
});

it('takes a restarted container for failed, since it would accept a second tenant', () => {
  const status = { phase: 'Running', podIP: '10.0.0.1', conditions: ready, containerStatuses: [{ restartCount: 1 }] };
  expect(instanceOfPod(pod(status))).toMatchObject({ phase: 'Failed' });
});

it('is usable only with its key, when it is a runner', () => {
  const runner = pod({ phase: 'Running', podIP: '10.0.0.1', conditions: ready });
  runner.metadata.labels!['openfunction.io/runtime'] = 'node';
  expect(instanceOfPod(runner)).toMatchObject({ phase: 'Starting' });
  expect(instanceOfPod(runner)).not.toHaveProperty('endpoints');
  expect(instanceOfPod(runner, 'key')).toMatchObject({ phase: 'Ready', sealingKey: 'key' });
});

it('knows one that has its function again without its key, after the scheduler began anew', () => {
  const adopted = pod({ phase: 'Running', podIP: '10.0.0.1', conditions: ready }, 'Always', { 'openfunction.io/adopted': 'true' });
  adopted.metadata.labels!['openfunction.io/runtime'] = 'node';
  expect(instanceOfPod(adopted)).toMatchObject({ phase: 'Ready', endpoints: { traffic: { host: '10.0.0.1' } } });
});

it('does not take one that is busy with its function for lost', () => {
  const busy = pod({ phase: 'Running', podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'False' }] }, 'Always', {
    'openfunction.io/adopted': 'true',
  });
  expect(instanceOfPod(busy)).toMatchObject({ phase: 'Ready' });
});

it('takes one whose container ended for failed, before it is restarted', () => {
  const terminated = { exitCode: 1 };
  const adopted = { 'openfunction.io/adopted': 'true' };
  for (const status of [
    { restartCount: 0, state: { terminated } },
    { restartCount: 0, state: {}, lastState: { terminated } },
  ])
    expect(instanceOfPod(pod({ phase: 'Running', containerStatuses: [status] }, 'Always', adopted))).toMatchObject({ phase: 'Failed' });
});

it('tells how an instance ended whose container was started again since', () => {
  const killed = {
    restartCount: 1,
    name: 'instance',
    state: { running: {} },
    lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
  };
  const beside = { restartCount: 0, name: 'beside', state: { running: {} } };
  const status = { phase: 'Running', containerStatuses: [beside, killed] };
  expect(instanceOfPod(pod(status))).toMatchObject({ name: 'p', phase: 'Failed', finished: { reason: 'OOMKilled', exitCode: 137 } });
});

it('tells how a task ended', () => {
  const ended = (phase: string, exitCode: number, reason: string, message = ''): Pod =>
    pod({ phase, containerStatuses: [{ restartCount: 0, state: { terminated: { exitCode, reason, message } } }] }, 'Never');
  expect(instanceOfPod(ended('Succeeded', 0, 'Completed', '{"ok":true}')).finished).toEqual({
    succeeded: true,
    reason: 'Completed',
    exitCode: 0,
    message: '{"ok":true}',
  });
  expect(instanceOfPod(ended('Failed', 3, 'Error'))).toMatchObject({ phase: 'Failed', finished: { reason: 'Error', exitCode: 3 } });
  expect(instanceOfPod(ended('Failed', 137, 'OOMKilled')).finished?.reason).toBe('OOMKilled');
  expect(instanceOfPod(ended('Failed', 137, 'Error')).finished?.reason).toBe('Killed');
  expect(instanceOfPod(pod({ phase: 'Failed', reason: 'DeadlineExceeded' }, 'Never')).finished?.reason).toBe('DeadlineExceeded');
  const message = 'Pod ephemeral local storage usage exceeds the total limit of containers 4Gi. ';
  expect(instanceOfPod(pod({ phase: 'Failed', reason: 'Evicted', message }, 'Never')).finished?.reason).toBe('StorageExceeded');
  expect(instanceOfPod(pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory.' }, 'Never')).finished?.reason).toBe(
    'Killed',
  );
});

it('survives an owner annotation that someone spoilt', () => {
  expect(instanceOfPod(pod({}, 'Always', { 'openfunction.io/owner': '{"uid":' }))).not.toHaveProperty('owner');
});

it('reads log lines and the key in the first of them', () => {
  expect(parseLogLine('2026-01-01T00:00:00.5Z hello there')).toEqual({
    at: Date.UTC(2026, 0, 1) + 500,
    stream: 'stdout',
    text: 'hello there',
  });
  const key = 'A'.repeat(42) + '_';
  expect(sealingKeyIn(`{"sealingKey":"${key}"}`)).toBe(key);
  expect(sealingKeyIn('listening on 9000')).toBeUndefined();
});

const plain = (status: Pod['status']): Pod => pod(status, 'Always', { 'openfunction.io/port': '9898' });

it('serves an image on its own port while it is ready, also when its container was restarted', () => {
  const containerStatuses = [{ restartCount: 3 }];
  const instance = instanceOfPod(plain({ phase: 'Running', podIP: '10.0.0.1', conditions: ready, containerStatuses }));
  expect(instance).toMatchObject({ phase: 'Ready', plain: true, endpoints: { traffic: { host: '10.0.0.1', port: 9898 } } });
  expect(instanceOfPod(plain({ phase: 'Running', podIP: '10.0.0.1', containerStatuses }))).toMatchObject({ phase: 'Starting' });
});

it.each([
  [{ waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "x"' } }, 'ImagePullFailed', 'Back-off pulling image "x".'],
  [{ waiting: { reason: 'CrashLoopBackOff' } }, 'ContainerCrashes', 'exit code 3'],
  [{ terminated: { exitCode: 137, reason: 'OOMKilled' } }, 'ContainerCrashes', 'out of memory'],
  [{ waiting: { reason: 'CreateContainerConfigError', message: 'secret "s" not found' } }, 'ContainerNotCreated', 'secret "s" not found.'],
])('says why a container does not start: %j', (state, code, words) => {
  const lastState = { terminated: { exitCode: 3, reason: 'Error' } };
  const { trouble } = instanceOfPod(plain({ phase: 'Pending', containerStatuses: [{ restartCount: 1, image: 'x', state, lastState }] }));
  expect(trouble).toMatchObject({ code });
  expect(trouble?.message).toContain(words);
});

it('says that no node takes the pod, and nothing while it only starts', () => {
  const unplaced = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available' }];
  expect(instanceOfPod(plain({ phase: 'Pending', conditions: unplaced })).trouble).toMatchObject({ code: 'NotScheduled' });
  const state = { waiting: { reason: 'ContainerCreating' } };
  expect(instanceOfPod(plain({ phase: 'Pending', containerStatuses: [{ restartCount: 0, state }] })).trouble).toBeUndefined();
});
