import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ComponentError } from '../component-error.ts';
import { jetStreamLag } from './jetstream-lag.ts';

const wanted = { account: 'orders', accountID: 'ABC', stream: 's', consumer: 'c' };
const answer = (consumer: object, account: object = { name: 'orders' }): object => ({
  account_details: [{ ...account, stream_detail: [{ name: 's', state: { last_seq: 40 }, consumer_detail: [consumer] }] }],
});

describe('jetStreamLag', () => {
  it.each([
    ['pending and unacknowledged', answer({ name: 'c', num_pending: 3, num_ack_pending: 4 }), 7],
    ['by the id of the account', answer({ name: 'c', num_pending: 1, num_ack_pending: 0 }, { name: 'other', id: 'ABC' }), 1],
    ['all of the stream for a consumer to come', answer({ name: 'other', num_pending: 3, num_ack_pending: 4 }), 40],
    ['of one server of a cluster', answer({ name: 'c', num_pending: 1, num_ack_pending: 0, cluster: { leader: 'n1' } }), 1],
  ])('counts %s', (_what, given, expected) => {
    expect(jetStreamLag(given, wanted)).toBe(expected);
  });

  it.each([
    [
      'another server of a cluster may know better',
      answer({ name: 'c', num_pending: 1, cluster: { leader: 'n1', replicas: [{ name: 'n2' }] } }),
    ],
    ['there is no account', {}],
    ['there is no stream', { account_details: [{ name: 'orders' }] }],
    ['there is no number', answer({ name: 'c', num_pending: 'many', num_ack_pending: 0 })],
    ['there is no answer', null],
  ])('refuses where %s', (_what, given) => {
    expect(() => jetStreamLag(given, wanted)).toThrow(ComponentError);
  });

  it('answers any JSON with a number or a refusal', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.dictionary(fc.constantFrom('num_pending', 'num_ack_pending', 'cluster'), fc.jsonValue()),
        (whole, consumer) => {
          for (const given of [whole, answer({ name: 'c', ...consumer })])
            try {
              expect(jetStreamLag(given, wanted)).toBeGreaterThanOrEqual(0);
            } catch (error) {
              expect(error).toBeInstanceOf(ComponentError);
            }
        },
      ),
    );
  });
});
