import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { InstanceRecord } from '../processes/instance-record.ts';
import { prober, type ProbeAnswer } from './prober.ts';
import type { Probe, Probes } from './probes.ts';

type Name = 'startup' | 'liveness' | 'readiness';

let record: InstanceRecord;
let good: Record<Name, boolean>;
let asked: { name: Name; at: number }[];
let said: string[];

const probe = (port: number, given: Partial<Probe> = {}): Probe => ({
  target: { kind: 'tcp', port },
  initialDelayMs: 0,
  periodMs: 10_000,
  timeoutMs: 1000,
  successThreshold: 1,
  failureThreshold: 3,
  ...given,
});
const names: Record<number, Name> = { 1: 'startup', 2: 'liveness', 3: 'readiness' };
const startup = (given?: Partial<Probe>): Pick<Probes, 'startup'> => ({ startup: probe(1, given) });
const liveness = (given?: Partial<Probe>): Pick<Probes, 'liveness'> => ({ liveness: probe(2, given) });
const readiness = (given?: Partial<Probe>): Pick<Probes, 'readiness'> => ({ readiness: probe(3, given) });

function follow(probes: Partial<Probes>): void {
  prober({
    isWatched: ({ killedFor }) => killedFor === undefined,
    ask: async (_, { target }): Promise<ProbeAnswer> => {
      const name = names['port' in target ? target.port : 0]!;
      asked.push({ name, at: Date.now() });
      return { isGood: good[name], said: `port: ${good[name] ? 'open' : 'refused'}` };
    },
    onStarted: (one) => {
      one.hasStarted = true;
    },
    onReady: (one) => {
      one.phase = 'Ready';
    },
    onUnready: (one) => {
      one.phase = 'Starting';
    },
    onUnhealthy: (one, why) => {
      one.killedFor = 'Unhealthy';
      said.push(why);
    },
    now: () => Date.now(),
    sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
  }).follow(record, { readiness: probe(3), isReadyForGood: false, ...probes });
}
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const times = (name: Name): number[] => asked.filter((one) => one.name === name).map(({ at }) => at);

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  record = { id: 'a', phase: 'Starting', startedAt: 0 } as InstanceRecord;
  good = { startup: true, liveness: true, readiness: true };
  [asked, said] = [[], []];
});
afterEach(() => vi.useRealTimers());

it('ends what fails its liveness probe as often in a row as it may, and says what was asked and answered', async () => {
  follow(liveness({ initialDelayMs: 5000 }));
  await pass(16_000);
  expect(times('liveness')).toEqual([5000, 15_000]);
  good.liveness = false;
  await pass(20_000);
  good.liveness = true;
  await pass(10_000);
  good.liveness = false;
  await pass(20_000);
  expect(said).toEqual([]);
  await pass(10_000);
  expect(said).toEqual(['failed its liveness probe 3 times in a row (port: refused)']);
  const before = asked.length;
  await pass(60_000);
  expect(asked).toHaveLength(before);
});

it('holds the other probes back until the startup probe held once', async () => {
  good.startup = false;
  follow({ ...startup({ failureThreshold: 10 }), ...liveness(), ...readiness() });
  await pass(65_000);
  expect([times('startup').length, times('liveness').length, times('readiness').length]).toEqual([7, 0, 0]);
  good.startup = true;
  await pass(6000);
  expect([times('startup').length, times('liveness').length, record.phase, record.hasStarted]).toEqual([8, 1, 'Ready', true]);
  good.startup = false;
  await pass(600_000);
  expect(said).toEqual([]);
});

it('ends what does not pass its startup probe, which fails by default after three periods', async () => {
  good.startup = false;
  follow(startup());
  await pass(20_000);
  expect(said).toEqual(['failed its startup probe 3 times in a row (port: refused)']);
});

it('does not wait for the startup of what had started before this process', async () => {
  record.hasStarted = true;
  good.startup = false;
  follow({ ...startup(), ...liveness() });
  await pass(100_000);
  expect([times('startup'), said, record.phase]).toEqual([[], [], 'Ready']);
});

it('asks more often than its period for what is not ready yet, and takes it back as late as the period says', async () => {
  good.readiness = false;
  follow(readiness({ successThreshold: 2 }));
  await pass(3000);
  expect(times('readiness').length).toBeGreaterThan(10);
  good.readiness = true;
  await pass(1000);
  expect(record.phase).toBe('Ready');
  good.readiness = false;
  await pass(19_000);
  expect(record.phase).toBe('Ready');
  await pass(11_000);
  expect(record.phase).toBe('Starting');
});

it('asks no more once the port was open, where no readiness is written', async () => {
  follow({ ...readiness(), isReadyForGood: true });
  await pass(100_000);
  expect([times('readiness'), record.phase]).toEqual([[0], 'Ready']);
});
