import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Activator, Grant, Refusal, ServingLoad } from './activator.ts';
import { instanceSlots, type InstanceSlots } from './instance-slots.ts';

const never = new AbortController().signal;
const at = { kind: 'tcp', host: '10.0.0.1', port: 9 } as const;
const patience = { timeout: 5_000, interval: 5 };

let demands: Map<string, number>;
let loads: ServingLoad[];
let tell: (message: Grant | Refusal) => void;
let slots: InstanceSlots;

beforeEach(() => {
  demands = new Map();
  loads = [];
  const waiting: (Grant | Refusal)[] = [];
  let wake = (): void => {};
  tell = (message) => {
    waiting.push(message);
    wake();
  };
  const activator: Activator = {
    demand: (serving, count) => demands.set(serving, count),
    report: (more) => loads.push(...more),
    grants: async function* (signal) {
      signal.addEventListener('abort', () => wake(), { once: true });
      while (!signal.aborted) {
        yield* waiting.splice(0);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
  slots = instanceSlots({ activator, limits: { coldWaitMs: 300 }, everyMs: 5 });
});
afterEach(() => slots.close());

const grant = (count: number): void =>
  tell({ kind: 'grant', serving: 'n/s', instance: 'i', endpoint: at, slots: count, expiresAt: Date.now() + 60_000 });

describe('instances that are used by slots', () => {
  it('are asked for by who waits, held while they are used, and told of as load', async () => {
    const answered = slots.withInstance('n/s', never, async (endpoint) => endpoint);
    await expect.poll(() => demands.get('n/s'), patience).toBe(1);
    grant(1);
    expect(await answered).toEqual(at);
    await expect.poll(() => demands.get('n/s'), patience).toBe(0);
    await expect.poll(() => loads.some(({ requests }) => requests === 1), patience).toBe(true);
  });

  it('are never used above what was granted', async () => {
    grant(2);
    let [now, most] = [0, 0];
    await Promise.all(
      Array.from({ length: 20 }, () =>
        slots.withInstance('n/s', never, async () => {
          most = Math.max(most, ++now);
          await new Promise(setImmediate);
          now--;
        }),
      ),
    );
    expect(most).toBe(2);
  });

  it('reject as their use does, which counts as a failure of the instance, and are free again', async () => {
    grant(1);
    await expect(slots.withInstance('n/s', never, () => Promise.reject(new Error('reset')))).rejects.toThrow('reset');
    await expect.poll(() => loads.flatMap(({ instances }) => instances).some(({ failures }) => failures === 1), patience).toBe(true);
    expect(await slots.withInstance('n/s', never, async () => 'again')).toBe('again');
  });

  it('are waited for no longer than the signal, the refusal of the scheduler, or the longest wait allow', async () => {
    const abort = new AbortController();
    const aborted = slots.withInstance('n/s', abort.signal, async () => 'used');
    await expect.poll(() => demands.get('n/s'), patience).toBe(1);
    abort.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await expect.poll(() => demands.get('n/s'), patience).toBe(0);
    const refused = slots.withInstance('n/s', never, async () => 'used');
    tell({ kind: 'refusal', serving: 'n/s', code: 'ContainerCrashes', message: 'It ended.', retryAfterSeconds: 1 });
    await expect(refused).rejects.toThrow('It ended. (ContainerCrashes)');
    await expect(slots.withInstance('n/s', never, async () => 'used')).rejects.toThrow('ColdStartTimeout');
  });
});
