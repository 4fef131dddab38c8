import { afterAll, expect, it } from 'vitest';
import { probeOf } from '../support/call.ts';
import { deploy, remove } from '../support/functions.ts';
import { failures, traffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const name = 'updated';

afterAll(() => remove(target, 'default', name));

it('changes version under 100 requests a second without one failed', async () => {
  await deploy(target, { name, params: { VERSION: 'one' } });
  const load = traffic(target, name, { perSecond: 100 });
  await load.more(100);

  await deploy(target, { name, params: { VERSION: 'two' } });
  await until(
    'the new version answers',
    60_000,
    async () => load.answers.at(-1)?.status === 200 && probeOf(load.answers.at(-1)!).version === 'two',
  );
  // The old instances end only after the hand-over: what they had in flight is part of the claim.
  await load.more(600);

  const answers = await load.stop();
  expect(failures(answers)).toEqual([]);
  const versions = answers.map((answer) => probeOf(answer).version);
  expect(new Set(versions)).toEqual(new Set(['one', 'two']));
  expect(versions.slice(-300)).toEqual(versions.slice(-300).map(() => 'two'));
});
