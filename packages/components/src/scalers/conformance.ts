import { manualClock } from '@openfunction/reconcile';
import { afterEach, expect, it, vi } from 'vitest';
import { scalerContext } from '../testing/scaler-context.ts';
import { openScaler } from './open-scaler.ts';
import type { OpenedScaler, TriggerDocument } from './scaler.ts';

/** A source of its own in the server, with nothing waiting. */
export interface SourceUnderTest {
  metadata: Record<string, string>;
  put(count: number): Promise<void>;
  take(count: number): Promise<void>;
}

export interface ScalerUnderTest {
  type: string;
  make(): Promise<SourceUnderTest>;
  /** Names of metadata: of the target, and of what is still not active. */
  target: string;
  activation: string;
  /** Metadata of a server that does not answer. */
  unreachable: Record<string, string>;
  /** Variables of the function's container. */
  environment?(): Record<string, string>;
  /** What KEDA names the metric of a source. */
  metricName(metadata: Record<string, string>): string;
  kill(): Promise<void>;
  start(): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
}

const patience = { timeout: 30_000, interval: 20 };

/** What every scaler does on its real server. */
export function scalerConformance(under: ScalerUnderTest): void {
  const opened: OpenedScaler[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });
  const signal = (): AbortSignal => AbortSignal.timeout(20_000);
  const open = async (metadata: Record<string, string>, more: Partial<TriggerDocument> = {}): Promise<OpenedScaler> => {
    const scaler = await openScaler({ type: under.type, metadata, ...more }, scalerContext({ environment: under.environment?.() ?? {} }));
    opened.push(scaler);
    return scaler;
  };
  const settles = (scaler: OpenedScaler, reading: { value: number; isActive: boolean }): Promise<void> =>
    vi.waitFor(async () => expect(await scaler.read(signal())).toEqual(reading), patience);

  it('counts what waits, and no longer what was taken', async () => {
    const source = await under.make();
    const scaler = await open({ ...source.metadata, [under.target]: '100' });
    await settles(scaler, { value: 0, isActive: false });
    await source.put(7);
    await settles(scaler, { value: 7, isActive: true });
    await source.take(7);
    await settles(scaler, { value: 0, isActive: false });
  }, 60_000);

  it('is active above the activation threshold, and not at it', async () => {
    const source = await under.make();
    const scaler = await open({ ...source.metadata, [under.target]: '100', [under.activation]: '3' });
    await source.put(3);
    await settles(scaler, { value: 3, isActive: false });
    await source.put(1);
    await settles(scaler, { value: 4, isActive: true });
  }, 60_000);

  it('tells its name, target and kind of metric', async () => {
    const { metadata } = await under.make();
    const scaler = await open({ ...metadata, [under.target]: '21' });
    expect(scaler).toMatchObject({ name: under.metricName(metadata), target: 21, metricType: 'AverageValue' });
    expect(await open(metadata, { name: 'mine', metricType: 'Value' })).toMatchObject({ name: 'mine', metricType: 'Value' });
    await expect(open(metadata, { metricType: 'Utilization' })).rejects.toMatchObject({ code: 'ComponentInvalid' });
  });

  it.each(['0', '-1', 'many', ''])('refuses the target %j', async (target) => {
    const { metadata } = await under.make();
    await expect(open({ ...metadata, [under.target]: target })).rejects.toMatchObject({ code: 'ComponentInvalid' });
  });

  it('opens although its server does not answer, and says what to look at when it is read', async () => {
    const { metadata } = await under.make();
    const scaler = await open({ ...metadata, ...under.unreachable }, { name: 'lost' });
    await expect(scaler.read(signal())).rejects.toMatchObject({
      code: 'ComponentUnavailable',
      message: expect.stringContaining('Trigger "lost"'),
    });
  }, 30_000);

  it('ends a reading when the caller gives up, and when it is closed', async () => {
    const source = await under.make();
    const scaler = await open(source.metadata);
    await expect(scaler.read(AbortSignal.abort(new Error('given up')))).rejects.toThrow('given up');
    const giveUp = new AbortController();
    const reading = scaler.read(giveUp.signal);
    giveUp.abort(new Error('given up'));
    await expect(reading).rejects.toThrow('given up');
    const last = scaler.read(signal());
    await Promise.all([expect(last).rejects.toMatchObject({ code: 'ComponentUnavailable' }), scaler.close()]);
    await expect(scaler.read(signal())).rejects.toMatchObject({ code: 'ComponentUnavailable' });
  });

  it('refuses a field that there is not, naming the nearest', async () => {
    const { metadata } = await under.make();
    await expect(open({ ...metadata, [`${under.activation}s`]: '1' })).rejects.toThrow(`Did you mean "${under.activation}"?`);
  });

  it('gives up a server that says nothing, and reads on when it answers', async () => {
    const source = await under.make();
    await source.put(2);
    const clock = manualClock();
    const context = scalerContext({ clock, environment: under.environment?.() ?? {} });
    const metadata = { ...source.metadata, [under.target]: '100' };
    const [begun, fresh] = await Promise.all([
      openScaler({ type: under.type, metadata }, context),
      openScaler({ type: under.type, metadata }, context),
    ]);
    opened.push(begun, fresh);
    await settles(begun, { value: 2, isActive: true });
    under.signal('SIGSTOP');
    const readings = [begun.read(signal()), fresh.read(signal())];
    clock.advance(10_000);
    for (const reading of readings) await expect(reading).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    under.signal('SIGCONT');
    for (const scaler of [begun, fresh]) await settles(scaler, { value: 2, isActive: true });
  }, 60_000);

  it('fails while its server is away, and reads on when it is back', async () => {
    const source = await under.make();
    const scaler = await open({ ...source.metadata, [under.target]: '100' });
    await source.put(2);
    await settles(scaler, { value: 2, isActive: true });
    await under.kill();
    await expect(scaler.read(signal())).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await under.start();
    await settles(scaler, { value: 2, isActive: true });
  }, 120_000);
}
