import { expect, it } from 'vitest';
import { collectWhenIdle, type Usage } from './collect-when-idle.ts';

const MiB = 2 ** 20;

function collector(now: Usage, liveBytes: number): { beats(count: number, change?: Partial<Usage>): void; collected(): number } {
  let collected = 0;
  const idle = collectWhenIdle({
    intervalMs: 1000,
    usage: () => now,
    collect: () => {
      collected += 1;
      Object.assign(now, { heapBytes: liveBytes, cpuMs: now.cpuMs + 50 });
    },
  });
  return {
    beats(count, { cpuMs = 0, heapBytes = 0 } = {}) {
      for (let beat = 0; beat < count; beat += 1) {
        Object.assign(now, { cpuMs: now.cpuMs + cpuMs, heapBytes: now.heapBytes + heapBytes });
        idle.beat();
      }
    },
    collected: () => collected,
  };
}

it('collects once the process has done nothing for a while, and then leaves it alone', () => {
  const { beats, collected } = collector({ heapBytes: 40 * MiB, cpuMs: 900 }, 25 * MiB);
  beats(3);
  expect(collected()).toBe(0);
  beats(1);
  expect(collected()).toBe(1);
  beats(100, { cpuMs: 10, heapBytes: 10_000 });
  expect(collected()).toBe(1);
});

it('does not interrupt a process that works', () => {
  const { beats, collected } = collector({ heapBytes: 40 * MiB, cpuMs: 0 }, 25 * MiB);
  beats(100, { cpuMs: 200, heapBytes: MiB });
  expect(collected()).toBe(0);
  beats(2);
  beats(1, { cpuMs: 200 });
  beats(2);
  expect(collected()).toBe(0);
  beats(1);
  expect(collected()).toBe(1);
});

it('collects again when a fifth of what lives has become garbage beside it', () => {
  const { beats, collected } = collector({ heapBytes: 150 * MiB, cpuMs: 0 }, 100 * MiB);
  beats(3);
  expect(collected()).toBe(1);
  beats(19, { heapBytes: MiB });
  expect(collected()).toBe(1);
  beats(1, { heapBytes: MiB });
  expect(collected()).toBe(2);
});

it('measures garbage from what V8 itself has left over', () => {
  const { beats, collected } = collector({ heapBytes: 150 * MiB, cpuMs: 0 }, 100 * MiB);
  beats(3);
  beats(1, { heapBytes: -20 * MiB });
  beats(7, { heapBytes: 2 * MiB });
  expect(collected()).toBe(1);
  beats(1, { heapBytes: 2 * MiB });
  expect(collected()).toBe(2);
});

it('leaves to V8 what a little steady traffic makes among the young objects', () => {
  const { beats, collected } = collector({ heapBytes: 12 * MiB, cpuMs: 0 }, 9 * MiB);
  beats(3);
  expect(collected()).toBe(1);
  for (let round = 0; round < 20; round += 1) {
    beats(4, { cpuMs: 10, heapBytes: MiB });
    beats(1, { cpuMs: 10, heapBytes: -4 * MiB });
  }
  expect(collected()).toBe(1);
});
