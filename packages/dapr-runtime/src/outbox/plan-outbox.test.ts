import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StateChange } from '../api/state-api.ts';
import { planOutbox } from './plan-outbox.ts';

const upsert = (key: string, value: string, metadata?: Record<string, string>): StateChange => ({
  kind: 'upsert',
  item: { key, value: Buffer.from(value), ...(metadata === undefined ? {} : { metadata }) },
});
const ids = (): (() => string) => {
  let last = 0;
  return () => String(++last);
};

describe('the plan of an outbox', () => {
  it('tells each write, and no deletion', () => {
    const changes: StateChange[] = [
      upsert('a', '1', { contentType: 'application/json' }),
      { kind: 'delete', item: { key: 'b' } },
      upsert('c', '2'),
    ];
    expect(planOutbox(changes, ids())).toEqual({
      writes: changes,
      messages: [
        { id: 'outbox-1', data: Buffer.from('1'), contentType: 'application/json', metadata: {} },
        { id: 'outbox-2', data: Buffer.from('2'), metadata: {} },
      ],
    });
  });

  it('tells the projection of a key and does not write it', () => {
    const written = upsert('a', 'whole', { ttlInSeconds: '5', 'cloudevent.type': 'order', 'cloudevent.id': 'mine' });
    const plan = planOutbox([written, upsert('a', 'part', { 'outbox.projection': 'true', contentType: 'text/plain' })], ids());
    expect(plan).toEqual({
      writes: [written],
      messages: [{ id: 'outbox-1', data: Buffer.from('part'), contentType: 'text/plain', metadata: { 'cloudevent.type': 'order' } }],
    });
  });

  it('has a message with an id of its own for each key that is written, whatever there is', () => {
    const change = fc.record({ key: fc.constantFrom('a', 'b', 'c'), kind: fc.constantFrom('upsert', 'delete', 'projection') });
    fc.assert(
      fc.property(fc.array(change), (given) => {
        const changes = given.map(({ key, kind }): StateChange =>
          kind === 'delete' ? { kind, item: { key } } : upsert(key, kind, kind === 'projection' ? { 'outbox.projection': 'true' } : {}),
        );
        const { writes, messages } = planOutbox(changes, ids());
        expect(writes).toHaveLength(given.filter(({ kind }) => kind !== 'projection').length);
        expect(messages).toHaveLength(given.filter(({ kind }) => kind === 'upsert').length);
        expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
      }),
    );
  });
});
