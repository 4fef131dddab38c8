import type { Result } from './result.ts';
import { fixed, histogram, simulate, type Outcome } from './scale/keep-alive.ts';
import { liveStep } from './scale/live-step.ts';
import { daySeconds, randomOf, trace } from './scale/trace.ts';

const fastestMs = 300;
const functions = 500;
const seconds = 2 * daySeconds;
const windowSeconds = 60;
const fixedSeconds = 600;

/** How fast and how exactly is scaled, and what it is worth to know when a function will be called. */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  return [...(await live()), ...simulated()];
}

async function live(): Promise<Result[]> {
  const step = await liveStep();
  const apart = Math.max(...step.seconds.map(({ ours, exact }) => Math.abs(ours - exact)));
  const last = step.seconds.at(-1) ?? { ours: 0, exact: 0 };
  const decisionMs = Math.round(step.decisionMs);
  console.log(step.seconds.map(({ ours, exact }) => `${ours}/${exact}`).join(' '), '(wanted/exact, second by second)');
  return [
    {
      name: '1 to 50 at once: decision',
      value: decisionMs,
      unit: 'ms',
      must: `<= ${fastestMs} ms`,
      peer: fastestMs,
      ratio: decisionMs / fastestMs,
      ok: decisionMs <= fastestMs,
    },
    {
      name: '1 to 50 at once: instances wanted in the end',
      value: last.ours,
      unit: 'instances',
      must: 'exact KPA +- 1',
      peer: last.exact,
      ratio: last.ours / last.exact,
      ok: Math.abs(last.ours - last.exact) <= 1,
    },
    { name: 'farthest from exact KPA in any second', value: apart, unit: 'instances', must: '<= 1', peer: 1, ratio: apart, ok: apart <= 1 },
  ];
}

/** Three traces of two days; nothing of them is anybody's data. */
function simulated(): Result[] {
  const traces = [1, 2, 3].map((seed) => trace(functions, seconds, randomOf(seed)));
  const policies = { fixed: fixed(fixedSeconds), histogram: histogram(windowSeconds, fixedSeconds), window: fixed(windowSeconds) };
  const outcomes = new Map(Object.entries(policies).map(([name, policy]) => [name, traces.map((each) => simulate(each, seconds, policy))]));
  const of = (policy: keyof typeof policies, what: keyof Outcome): number =>
    Math.round((outcomes.get(policy) ?? []).reduce((sum, outcome) => sum + outcome[what], 0) / traces.length);
  const figures = (['coldStarts', 'timerColdStarts', 'idleSeconds'] as const).map((what) => {
    const [value, peer] = [of('histogram', what), of('fixed', what)];
    const unit = what === 'idleSeconds' ? 'instance-seconds' : 'cold starts';
    return { name: `histogram: ${what}`, value, unit, must: '<= fixed 10 min', peer, ratio: value / peer, ok: value <= peer };
  });
  const [coldStarts, idleSeconds] = [of('window', 'coldStarts'), of('window', 'idleSeconds')];
  return [
    ...figures,
    ...[
      { name: 'no keep-alive beyond the window: coldStarts', value: coldStarts, unit: 'cold starts', peer: of('fixed', 'coldStarts') },
      {
        name: 'no keep-alive beyond the window: idleSeconds',
        value: idleSeconds,
        unit: 'instance-seconds',
        peer: of('fixed', 'idleSeconds'),
      },
    ].map((each) => ({ ...each, must: 'reported', ratio: each.value / each.peer, ok: true })),
  ];
}
