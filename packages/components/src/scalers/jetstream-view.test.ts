import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jetStreamView } from './jetstream-view.ts';

const wanted = { account: 'orders', accountID: 'ABC', stream: 's', consumer: 'c' };
const answer = (consumer: object, more: object = {}, account: object = { name: 'orders' }): object => ({
  account_details: [{ ...account, stream_detail: [{ name: 's', state: { last_seq: 40 }, consumer_detail: [consumer] }] }],
  ...more,
});
const replicated = { name: 'c', num_pending: 3, num_ack_pending: 4, cluster: { leader: 'n1', replicas: [{ name: 'n2' }] } };

describe('jetStreamView', () => {
  it.each([
    ['pending and unacknowledged', answer({ name: 'c', num_pending: 3, num_ack_pending: 4 }), 7],
    ['by the id of the account', answer({ name: 'c', num_pending: 1, num_ack_pending: 0 }, {}, { name: 'other', id: 'ABC' }), 1],
    ['all of the stream for a consumer to come', answer({ name: 'other', num_pending: 3, num_ack_pending: 4 }), 40],
    ['without replicas of the one server', answer({ name: 'c', num_pending: 1, num_ack_pending: 0, cluster: { leader: 'n1' } }), 1],
  ])('counts %s', (_what, given, lag) => {
    expect(jetStreamView(given, wanted)).toEqual({ lag, others: [] });
  });

  it('counts of a replicated consumer what its leader tells, and names the leader otherwise', () => {
    expect(jetStreamView(answer(replicated), wanted)).toEqual({ leader: 'n1', others: [] });
    expect(jetStreamView(answer(replicated), wanted, 'n2')).toEqual({ leader: 'n1', others: [] });
    expect(jetStreamView(answer(replicated), wanted, 'n1')).toEqual({ lag: 7, others: [] });
  });

  it('names the servers that may have the stream', () => {
    const cluster = { meta_cluster: { leader: 'n3', replicas: [{ name: 'n1' }, { name: 'n2' }] } };
    expect(jetStreamView(cluster, wanted)).toEqual({ others: ['n3', 'n1', 'n2'] });
    expect(jetStreamView(null, wanted)).toEqual({ others: [] });
  });

  it('answers any JSON with what it has of it', () => {
    const consumer = fc.dictionary(fc.constantFrom('num_pending', 'num_ack_pending', 'cluster'), fc.jsonValue());
    fc.assert(
      fc.property(fc.jsonValue(), consumer, (whole, fields) => {
        for (const given of [whole, answer({ name: 'c', ...fields }), { account_details: whole }, answer({}, { meta_cluster: whole })])
          expect(jetStreamView(given, wanted)?.lag ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
