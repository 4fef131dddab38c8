import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Artifact, Instance, InstanceTemplate, Owner, Workload, Workloads } from './workload.ts';

/** What an instance of the suite does, which a driver arranges by its template. */
export type Behaviour =
  /** Serves, and writes the lines `one`, `two` and `three` when it starts. */
  | 'serve'
  /** Writes `{"ok":true}` as its result and ends well. */
  | 'succeed'
  /** Writes `{"ok":false}` as its result and ends with exit code 3. */
  | 'fail'
  /** Runs on until it is ended. */
  | 'hang';

export interface WorkloadsUnderTest {
  workloads: Workloads;
  artifact: Artifact;
  templateFor(behaviour: Behaviour): InstanceTemplate;
  /** Where Workloads may be made; by default `default`. */
  namespace?: string;
  /** Makes something that can own instances, where the ground knows its objects; by default any name will do. */
  makeOwner?(): Promise<Owner>;
  /** Ends the driver as a crash would, and makes another one over the same ground. */
  recreate(): Promise<Workloads>;
  close(): Promise<void>;
}

const anyOwner: Owner = { apiVersion: 'v1', kind: 'Serving', key: { namespace: 'default', name: 'f' }, uid: 'uid-f' };
const digest = `sha256:${'0'.repeat(64)}` as const;
const patience = { timeout: 15_000, interval: 50 };

/** What every Workloads driver promises, written once and run against every driver. */
export function workloadsContract(make: () => Promise<WorkloadsUnderTest>): void {
  let subject: WorkloadsUnderTest;
  let workloads: Workloads;
  let namespace: string;
  let owner: Owner;

  beforeEach(async () => {
    subject = await make();
    workloads = subject.workloads;
    namespace = subject.namespace ?? 'default';
    owner = (await subject.makeOwner?.()) ?? anyOwner;
  });
  afterEach(() => subject.close());

  function pool(replicas: number, given: Partial<Workload> = {}): Workload {
    const key = { namespace, name: 'pool' };
    return { key, artifact: subject.artifact, replicas, template: subject.templateFor('serve'), run: 'serve', ...given };
  }
  function once(behaviour: Behaviour, template: InstanceTemplate = {}): Workload {
    return pool(1, { run: 'once', template: { ...subject.templateFor(behaviour), ...template } });
  }
  const ready = async (): Promise<Instance[]> => (await workloads.list()).filter((instance) => instance.phase === 'Ready');
  async function untilReady(count: number): Promise<Instance[]> {
    await expect.poll(async () => (await ready()).length, patience).toBe(count);
    return ready();
  }
  async function untilOver(): Promise<Instance> {
    await expect.poll(async () => (await workloads.list())[0]?.finished, patience).toBeDefined();
    return (await workloads.list())[0]!;
  }

  it('keeps as many instances as asked for, each with its own endpoints', async () => {
    await workloads.apply(pool(2));
    const two = await untilReady(2);
    expect(new Set(two.map((instance) => JSON.stringify(instance.endpoints?.control))).size).toBe(2);
    await workloads.apply(pool(2));
    expect((await workloads.list()).map((instance) => instance.id).sort()).toEqual(two.map((instance) => instance.id).sort());
    await workloads.apply(pool(1));
    await expect.poll(async () => (await workloads.list()).length, patience).toBe(1);
    await workloads.remove(pool(1).key);
    await expect.poll(() => workloads.list(), patience).toEqual([]);
  });

  it('lets those go first that are to leave', async () => {
    await workloads.apply(pool(2));
    const [stays, leaves] = (await untilReady(2)).toSorted((left, right) => right.createdAt - left.createdAt);
    await workloads.apply(pool(1, { leaving: [leaves!.id] }));
    await expect.poll(async () => (await workloads.list()).map((instance) => instance.id), patience).toEqual([stays!.id]);
  });

  it('refills the pool when an instance is adopted, which from then on belongs to its owner', async () => {
    await workloads.apply(pool(1));
    const [first] = await untilReady(1);
    await workloads.adopt(first!.id, owner, digest);
    await untilReady(2);
    expect(await workloads.list(owner)).toMatchObject([{ id: first!.id, owner, digest }]);
    await workloads.remove(pool(1).key);
    await expect.poll(async () => (await workloads.list()).map((instance) => instance.id), patience).toEqual([first!.id]);
  });

  it('refuses to adopt what is not there', async () => {
    await expect(workloads.adopt('unknown', owner, digest)).rejects.toMatchObject({ code: 'InstanceNotFound' });
  });

  it('ends one instance at once and replaces it', async () => {
    await workloads.apply(pool(1));
    const [first] = await untilReady(1);
    await workloads.destroy(first!.id);
    await expect.poll(async () => (await ready()).some((instance) => instance.id !== first!.id), patience).toBe(true);
    expect((await workloads.list()).map((instance) => instance.id)).not.toContain(first!.id);
  });

  it('takes the removal and destruction of the unknown for done', async () => {
    await workloads.remove({ namespace, name: 'unknown' });
    await workloads.destroy('unknown');
  });

  it('replaces instances of a changed template, but not the adopted ones', async () => {
    await workloads.apply(pool(1));
    const [adopted] = await untilReady(1);
    await workloads.adopt(adopted!.id, owner, digest);
    await untilReady(2);
    const before = (await ready()).find((instance) => instance.id !== adopted!.id)!;
    const template = subject.templateFor('serve');
    await workloads.apply(pool(1, { template: { ...template, env: { ...template.env, CHANGED: 'yes' } } }));
    await expect.poll(async () => (await ready()).map((instance) => instance.id), patience).not.toContain(before.id);
    await untilReady(2);
    expect((await ready()).map((instance) => instance.id)).toContain(adopted!.id);
  });

  it('finds its instances again after its own end', async () => {
    await workloads.apply(pool(1));
    const [first] = await untilReady(1);
    await workloads.adopt(first!.id, owner, digest);
    const before = (await untilReady(2)).map((instance) => instance.id).sort();
    workloads = await subject.recreate();
    await workloads.apply(pool(1));
    expect((await untilReady(2)).map((instance) => instance.id).sort()).toEqual(before);
    expect(await workloads.list(owner)).toMatchObject([{ id: first!.id, digest }]);
  });

  it('lists what belongs to an owner by its workload', async () => {
    await workloads.apply(pool(1, { owner }));
    await workloads.apply(pool(1, { key: { namespace, name: 'other' } }));
    expect((await workloads.list(owner)).map((instance) => instance.workload.name)).toEqual(['pool']);
  });

  it('tells how a task ended, with what it wrote as its result', async () => {
    await workloads.apply(once('succeed'));
    expect(await untilOver()).toMatchObject({
      phase: 'Finished',
      finished: { succeeded: true, reason: 'Completed', message: '{"ok":true}' },
    });
    await workloads.apply(once('succeed'));
    expect(await workloads.list()).toHaveLength(1);
  });

  it('tells how a task failed', async () => {
    await workloads.apply(once('fail'));
    expect(await untilOver()).toMatchObject({
      phase: 'Failed',
      finished: { succeeded: false, reason: 'Error', exitCode: 3, message: '{"ok":false}' },
    });
  });

  it('stops a task at its deadline', async () => {
    await workloads.apply(once('hang', { deadlineSeconds: 1 }));
    expect(await untilOver()).toMatchObject({ phase: 'Failed', finished: { succeeded: false, reason: 'DeadlineExceeded' } });
  });

  it('returns the last lines of the log, and goes on until it is told to stop', async () => {
    await workloads.apply(pool(1));
    const [first] = await untilReady(1);
    const stop = new AbortController();
    const lines: string[] = [];
    for await (const line of workloads.logs(first!.id, { follow: false, tailLines: 2, signal: stop.signal })) lines.push(line.text);
    expect(lines).toEqual(['two', 'three']);
    const followed: string[] = [];
    for await (const line of workloads.logs(first!.id, { follow: true, signal: stop.signal })) {
      followed.push(line.text);
      if (followed.length === 3) stop.abort();
    }
    expect(followed).toEqual(['one', 'two', 'three']);
  });

  it('keeps for a while what an instance of a function wrote that was ended, when it is told to', async () => {
    await workloads.apply(pool(1));
    const [first] = await untilReady(1);
    await workloads.adopt(first!.id, owner, digest);
    await workloads.destroy(first!.id, { keepsLog: true });
    await expect.poll(async () => (await workloads.list()).map((instance) => instance.id), patience).not.toContain(first!.id);
    const lines: string[] = [];
    for await (const { text } of workloads.logs(first!.id, { follow: false, tailLines: 2, signal: new AbortController().signal }))
      lines.push(text);
    expect(lines).toEqual(['two', 'three']);
  });

  it('hints at what changed', async () => {
    const stop = new AbortController();
    const hints = workloads.watch(stop.signal)[Symbol.asyncIterator]();
    const hint = hints.next();
    await workloads.apply(pool(1));
    expect(await hint).toEqual({ done: false, value: pool(1).key });
    stop.abort();
  });
}
