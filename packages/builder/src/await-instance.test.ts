import type { Instance, Trouble, Workloads } from '@openfunction/workload';
import { expect, it } from 'vitest';
import { awaitInstance } from './await-instance.ts';
import type { BuildLog } from './build-log.ts';
import { BuildRun, type BuildResponse } from './build-run.ts';
import { ownerOf, workloadKey } from './build-workload.ts';

const request = { builder: 'default/fn', uid: 'u', specJson: '{}' };

it('says what keeps the instance of a build from being made, and nothing more of it once there is one', async () => {
  const run = new BuildRun(request, { take: () => Promise.resolve(), tail: () => '' } as unknown as BuildLog, 0);
  let due: () => void = () => undefined;
  let instances: Instance[] = [];
  const trouble: Trouble = { code: 'QuotaExceeded', message: 'The ResourceQuota "pods" refuses an instance.' };
  const workloads = {
    list: async () => instances,
    hindrance: async () => trouble,
    logs: () => ReadableStream.from<never>([]),
    // Nobody hints at anything.
    watch: () => new ReadableStream<never>(),
  } as unknown as Workloads;
  const clock = {
    now: () => 0,
    setTimeout: (run: () => void) => {
      due = run;
      return () => undefined;
    },
  };
  const said: BuildResponse[] = [];
  const stop = new AbortController();
  void (async () => {
    for await (const each of run.follow(stop.signal)) said.push(each);
  })();
  const pass = async (): Promise<void> => {
    await new Promise((turn) => setImmediate(turn));
    due();
    await new Promise((turn) => setImmediate(turn));
  };
  const over = awaitInstance(workloads, clock, run);
  await pass();
  await pass();
  expect(said.filter(({ reason }) => reason !== '')).toMatchObject([
    { state: 'Building', reason: 'QuotaExceeded', message: trouble.message },
  ]);
  const finished = { succeeded: true, reason: 'Completed', message: '' } as const;
  const key = workloadKey(request);
  instances = [{ id: 'i', workload: key, namespace: key.namespace, owner: ownerOf(request), phase: 'Finished', finished, createdAt: 1 }];
  await pass();
  expect(await over).toMatchObject({ id: 'i' });
  expect(said.at(-1)).toMatchObject({ state: 'Building', reason: '' });
  stop.abort();
});
