import type { InstanceRecord } from '../processes/instance-record.ts';
import { counted, type ProbeCount } from './probe-count.ts';
import type { Probe, Probes } from './probes.ts';

/** `said` ends a sentence that begins with what was asked. */
export interface ProbeAnswer {
  isGood: boolean;
  said: string;
}

export interface ProberOptions {
  /** It is to go on still. */
  isWatched: (record: InstanceRecord) => boolean;
  ask: (record: InstanceRecord, probe: Probe) => Promise<ProbeAnswer>;
  onStarted: (record: InstanceRecord) => void;
  onReady: (record: InstanceRecord) => void;
  onUnready: (record: InstanceRecord) => void;
  /** It must end, for this reason: a clause that begins with a verb. */
  onUnhealthy: (record: InstanceRecord, why: string) => void;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

/** Asks containers how they are, each probe in its own rhythm. */
export interface Prober {
  /** From the start of its process on, or from where the one before left it. */
  follow(record: InstanceRecord, probes: Probes): void;
}

/** What is not ready yet is asked more often than its period says, so that nobody waits longer for it than a tenth more. */
const soonestMs = 50;
const latestMs = 1000;
/** A command in a container costs more than a question over its network. */
const soonestCommandMs = 1000;

export function prober(options: ProberOptions): Prober {
  const { isWatched, ask, now, sleep } = options;

  /** Until `heard` is true, or nobody wants to know. */
  async function keepAsking(
    { record, probe, holds, pauseMs }: { record: InstanceRecord; probe: Probe; holds: boolean; pauseMs: () => number },
    heard: (count: ProbeCount, answer: ProbeAnswer) => boolean,
  ): Promise<void> {
    let count: ProbeCount = { holds, inARow: 0 };
    await sleep(Math.max(0, ageOf(record, probe.initialDelayMs)));
    while (isWatched(record)) {
      const answer = await ask(record, probe);
      if (!isWatched(record)) return;
      count = counted(count, answer.isGood, probe);
      if (heard(count, answer)) return;
      await sleep(pauseMs());
    }
  }

  /** How long until it is so old. */
  function ageOf({ startedAt = now() }: InstanceRecord, ms: number): number {
    return startedAt + ms - now();
  }

  async function followStartup(record: InstanceRecord, probe: Probe): Promise<void> {
    await keepAsking({ record, probe, holds: false, pauseMs: () => probe.periodMs }, ({ holds, inARow, last }, { said }) => {
      if (holds) options.onStarted(record);
      else if (last === false && inARow >= probe.failureThreshold) options.onUnhealthy(record, failed('startup', inARow, said));
      return holds;
    });
  }

  async function followLiveness(record: InstanceRecord, probe: Probe): Promise<void> {
    await keepAsking({ record, probe, holds: true, pauseMs: () => probe.periodMs }, ({ holds, inARow }, { said }) => {
      if (!holds) options.onUnhealthy(record, failed('liveness', inARow, said));
      return !holds;
    });
  }

  async function followReadiness(record: InstanceRecord, { readiness: probe, isReadyForGood }: Probes): Promise<void> {
    const isReady = (): boolean => record.phase === 'Ready';
    if (isReady() && isReadyForGood) return;
    const soonest = probe.target.kind === 'exec' ? soonestCommandMs : soonestMs;
    const soon = (): number => Math.min(probe.periodMs, Math.max(soonest, Math.min(latestMs, -ageOf(record, 0) / 10)));
    const pauseMs = (): number => (isReady() ? probe.periodMs : soon());
    await keepAsking({ record, probe, holds: isReady(), pauseMs }, ({ holds }) => {
      if (holds && !isReady()) options.onReady(record);
      else if (!holds && isReady()) options.onUnready(record);
      return holds && isReadyForGood;
    });
  }

  return {
    follow: (record, probes) => {
      void (async () => {
        if (probes.startup !== undefined && record.hasStarted !== true) await followStartup(record, probes.startup);
        if (!isWatched(record)) return;
        if (probes.liveness !== undefined) void followLiveness(record, probes.liveness);
        await followReadiness(record, probes);
      })();
    },
  };
}

function failed(which: string, count: number, said: string): string {
  return `failed its ${which} probe ${count === 1 ? 'once' : `${count} times in a row`} (${said})`;
}
