import { manualClock } from '@openfunction/reconcile';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ComponentError } from '../component-error.ts';
import { scalerContext } from '../testing/scaler-context.ts';
import { boundedReading } from './bounded-reading.ts';
import { openScaler } from './open-scaler.ts';
import { scalerRegistry } from './scaler-registry.ts';

const metadata = { timezone: 'UTC', start: '0 6 * * *', end: '0 20 * * *', desiredReplicas: '2' };
const never = new AbortController().signal;

describe('openScaler', () => {
  it.each([
    ['kafk', 'ComponentTypeUnknown', 'Did you mean "kafka"?'],
    ['solace-event-queue', 'ComponentTypeUnknown', 'Use one of: cron, kafka, nats-jetstream'],
    ['constructor', 'ComponentTypeUnknown', 'there is no type'],
    ['apache-kafka', 'OperationNotSupported', 'Use kafka'],
    ['redis-sentinel-streams', 'OperationNotSupported', 'sentinels'],
    ['cpu', 'OperationNotSupported', 'requests in flight'],
  ])('refuses the type %s', async (type, code, text) => {
    const refused = openScaler({ type, metadata: {} }, scalerContext());
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it('says what to use instead of authenticationRef', async () => {
    const refused = openScaler({ type: 'cron', metadata, authenticationRef: { name: 'keys' } }, scalerContext());
    await expect(refused).rejects.toMatchObject({ code: 'OperationNotSupported', message: expect.stringContaining('passwordFromEnv') });
  });

  it('takes any field from a variable of the container', async () => {
    const { desiredReplicas: _, ...rest } = metadata;
    const trigger = { type: 'cron', name: 'office', metadata: { ...rest, desiredReplicasFromEnv: 'N' } };
    const clock = manualClock(Date.parse('2026-01-01T12:00:00Z'));
    const scaler = await openScaler(trigger, scalerContext({ clock, environment: { N: '7' } }));
    expect(await scaler.read(never)).toEqual({ value: 7, isActive: true });
    await expect(openScaler(trigger, scalerContext())).rejects.toThrow('the variable "N", which the function\'s container does not have');
    const both = { ...trigger, metadata: { ...metadata, desiredReplicasFromEnv: 'N' } };
    await expect(openScaler(both, scalerContext({ environment: { N: '7' } }))).rejects.toThrow('Leave one out');
    const unknown = { ...trigger, metadata: { ...metadata, desiredReplicaFromEnv: 'N' } };
    await expect(openScaler(unknown, scalerContext())).rejects.toThrow('Did you mean "desiredReplicas"?');
  });

  it('does not begin for a caller that gave up', async () => {
    const signal = AbortSignal.abort(new Error('given up'));
    await expect(openScaler({ type: 'cron', metadata }, scalerContext({ signal }))).rejects.toThrow('given up');
  });

  it('answers any metadata with a scaler or a refusal', async () => {
    const names = fc.constantFrom(
      'timezone',
      'start',
      'end',
      'desiredReplicas',
      'bootstrapServers',
      'topic',
      'FromEnv',
      'startFromEnv',
      'serverAddress',
      'query',
      'threshold',
      'host',
      'queueName',
      'address',
      'listName',
      'stream',
    );
    const given = fc.dictionary(
      fc.oneof(names, fc.string()),
      fc.oneof(fc.string(), fc.constantFrom('UTC', '0 6 * * *', '1', 'http://h:1/', 'amqp://h', 'h:1')),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(scalerRegistry)), given, async (type, any) => {
        await openScaler({ type, metadata: any }, scalerContext()).then(
          (scaler) => scaler.close(),
          (error: unknown) => expect(error).toBeInstanceOf(ComponentError),
        );
      }),
    );
  });
});

describe('a reading', () => {
  const waiting = { read: () => new Promise<never>(() => {}), close: async () => {} };

  it('ends after ten seconds, whatever the source does', async () => {
    const clock = manualClock();
    const reading = boundedReading(waiting, { subject: 'Trigger "slow"', clock }).read(never);
    clock.advance(9_999);
    clock.advance(1);
    await expect(reading).rejects.toMatchObject({ code: 'ComponentUnavailable', message: expect.stringContaining('within 10 s') });
  });

  it.each([NaN, Infinity])('is refused as %d', async (value) => {
    const source = { read: async () => ({ value, isActive: true }), close: async () => {} };
    const { read } = boundedReading(source, { subject: 'Trigger "odd"', clock: manualClock() });
    await expect(read(never)).rejects.toMatchObject({ code: 'RequestRejected' });
  });
});
