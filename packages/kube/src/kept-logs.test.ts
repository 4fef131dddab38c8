import { StoreError } from '@openfunction/store';
import { expect, it } from 'vitest';
import type { ApiRequest } from './api.ts';
import type { Pod } from './instance-of-pod.ts';
import { keptLogs, type KeptLogs } from './kept-logs.ts';

function pod(uid: string, owner?: string): Pod {
  const labels: Record<string, string> = owner === undefined ? {} : { 'openfunction.io/owner-uid': owner };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: uid, namespace: 'n', uid, labels }, spec: {} };
}

/** An API server that has these lines of each container, and cuts what is too long at its end. */
function world(of: (uid: string) => { present?: string[]; previous?: string[] }): { kept: KeptLogs; asked: string[]; errors: unknown[] } {
  const asked: string[] = [];
  const errors: unknown[] = [];
  async function* lines({ path, query = {} }: ApiRequest): AsyncGenerator<string> {
    const which = query['previous'] === 'true' ? 'previous' : 'present';
    asked.push(which);
    const written = of(path.split('/').at(-2) ?? '')[which];
    if (written === undefined) throw new StoreError('BadRequest', 'previous terminated container not found');
    let left = Number(query['limitBytes']);
    for (const line of written.slice(-Number(query['tailLines']))) {
      const stamped = (line.startsWith('failed') ? line : `2026-01-01T00:00:00Z ${line}`).slice(0, left);
      left -= Math.min(left, stamped.length + 1);
      if (stamped !== '') yield stamped;
    }
  }
  return { kept: keptLogs({ api: { lines }, onError: (error) => errors.push(error) }), asked, errors };
}
const textsOf = async (kept: KeptLogs, uid: string): Promise<string[] | undefined> => (await kept.find(uid))?.map(({ text }) => text);

it('keeps what a container wrote that ended, and not what was written since by the one in its place', async () => {
  const { kept } = world(() => ({ present: ['fresh'], previous: ['last', 'words'] }));
  await kept.keep(pod('a', 'serving'));
  expect(await textsOf(kept, 'a')).toEqual(['last', 'words']);
  expect(await textsOf(kept, 'unknown')).toBeUndefined();
});

it('keeps what a container wrote that was not started again', async () => {
  const { kept, asked } = world(() => ({ present: ['blocked'] }));
  await kept.keep(pod('a', 'serving'));
  expect(await textsOf(kept, 'a')).toEqual(['blocked']);
  expect(asked).toEqual(['present', 'previous']);
});

it('takes what the kubelet says of a file that is gone for no log', async () => {
  const { kept } = world(() => ({ present: ['words'], previous: ['failed to try resolving symlinks in path "0.log"'] }));
  await kept.keep(pod('a', 'serving'));
  expect(await textsOf(kept, 'a')).toEqual(['words']);
});

it('keeps the end of what is long', async () => {
  const many = Array.from({ length: 5000 }, (_, at) => `${at} ${'x'.repeat(1000)}`);
  const { kept } = world(() => ({ present: many }));
  await kept.keep(pod('a', 'serving'));
  const texts = (await textsOf(kept, 'a')) ?? [];
  expect(texts).toHaveLength(10);
  expect(texts.at(-1)).toBe(many.at(-1));
});

it('keeps one for each owner, and not of all owners that there ever were', async () => {
  const { kept } = world((uid) => ({ present: [uid] }));
  await kept.keep(pod('first', 'serving'));
  await kept.keep(pod('second', 'serving'));
  await kept.keep(pod('of nobody'));
  expect(kept.find('first')).toBeUndefined();
  expect(kept.find('of nobody')).toBeUndefined();
  for (let at = 0; at < 99; at += 1) await kept.keep(pod(`other-${at}`, `owner-${at}`));
  expect(await textsOf(kept, 'second')).toEqual(['second']);
  await kept.keep(pod('one too many', 'another'));
  expect(kept.find('second')).toBeUndefined();
});

it('stops nobody from ending when there is nothing to be had', async () => {
  const { kept, errors } = world(() => ({}));
  await kept.keep(pod('a', 'serving'));
  expect(kept.find('a')).toBeUndefined();
  expect(errors).toHaveLength(1);
});
