import { createRoutesClient, memoryTransport, RpcError, serveRoutes, type Transport } from '@openfunction/protocol';
import { describe, expect, it } from 'vitest';
import { serveByHolder } from './serve-by-holder.ts';

/** A replica that answers with its own name, if it is asked to answer itself. */
function replica(name: string, given: { isHeld: () => boolean; holder: () => Transport | undefined }): Transport {
  const service = serveRoutes({
    async *watch() {
      yield { remove: name };
    },
  });
  const served = serveByHolder({ service, ...given });
  return memoryTransport([served.service, served.passedOn]);
}

async function whoAnswers(transport: Transport): Promise<string> {
  for await (const { remove } of createRoutesClient(transport).watch({ gatewayId: 'g' }, AbortSignal.timeout(5_000))) return remove ?? '';
  return '';
}

describe('serveByHolder', () => {
  it('answers itself while it holds the Lease, and else passes the call on', async () => {
    const holder = replica('holder', { isHeld: () => true, holder: () => undefined });
    const follower = replica('follower', { isHeld: () => false, holder: () => holder });
    expect([await whoAnswers(holder), await whoAnswers(follower)]).toEqual(['holder', 'holder']);
  });

  it('refuses while nobody is known to hold it', async () => {
    const alone = replica('alone', { isHeld: () => false, holder: () => undefined });
    await expect(whoAnswers(alone)).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('does not send a call round between two who take each other for the holder', async () => {
    const pair: Transport[] = [];
    pair.push(
      replica('one', { isHeld: () => false, holder: () => pair[1] }),
      replica('two', { isHeld: () => false, holder: () => pair[0] }),
    );
    await expect(whoAnswers(pair[0]!)).rejects.toBeInstanceOf(RpcError);
  });
});
