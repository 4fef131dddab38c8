import type { Result } from './result.ts';
import { fixed, histogram, simulate, type Outcome } from './scale/keep-alive.ts';
import { liveStep, type LiveStep } from './scale/live-step.ts';
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
  const limited = await liveStep('container-concurrency');
  const soft = await liveStep('target');
  console.log(soft.seconds.map(({ ours, exact }) => `${ours}/${exact}`).join(' '), '(wanted/exact, second by second, with a target)');
  const apart = Math.max(...soft.seconds.map(({ ours, exact }) => Math.abs(ours - exact)));
  const [decisionMs, softMs] = [Math.round(limited.decisionMs), Math.round(soft.decisionMs)];
  return [
    row('1 to 50 with a limit: decision', 'ms', {
      value: decisionMs,
      peer: fastestMs,
      must: `<= ${fastestMs} ms`,
      ok: decisionMs <= fastestMs,
    }),
    inTheEnd('1 to 50 with a limit: instances in the end', limited),
    inTheEnd('1 to 50 with a target: instances in the end', soft),
    row('with a target: farthest from exact KPA in any second', 'instances', { value: apart, peer: 1, must: '<= 1', ok: apart <= 1 }),
    // The panic window has to fill before anybody who follows it can decide.
    row('1 to 50 with a target: decision', 'ms', { value: softMs, peer: fastestMs, must: 'reported: exact KPA needs as long', ok: true }),
  ];
}

function inTheEnd(name: string, { seconds: all }: LiveStep): Result {
  const { ours, exact } = all.at(-1) ?? { ours: 0, exact: 0 };
  return row(name, 'instances', { value: ours, peer: exact, must: 'exact KPA +- 1', ok: Math.abs(ours - exact) <= 1 });
}

function row(name: string, unit: string, figure: Pick<Result, 'value' | 'peer' | 'must' | 'ok'>): Result {
  return { name, unit, ...figure, ratio: Math.round((figure.value / figure.peer) * 100) / 100 };
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
    return {
      name: `histogram: ${what}`,
      value,
      unit,
      must: '<= fixed 10 min',
      peer,
      ratio: Math.round((value / peer) * 100) / 100,
      ok: value <= peer,
    };
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
    ].map((each) => ({ ...each, must: 'reported', ratio: Math.round((each.value / each.peer) * 100) / 100, ok: true })),
  ];
}
