import type { DeliveryReport } from './function/world.ts';

/** What the controller needs of bus.v1. */
export interface BusClient {
  watchDeliveries(
    request: Record<string, never>,
    options: { signal: AbortSignal },
  ): AsyncIterable<{ state?: DeliveryReport & { serving: string }; removed?: string; snapshotEnd?: object }>;
}

export interface FollowDeliveriesOptions {
  bus: BusClient;
  /** Is kept as the bus says, by namespace/name of the Serving. */
  said: Map<string, DeliveryReport>;
  /** Something else is said of a Serving. */
  told(serving: string): Promise<void>;
  signal: AbortSignal;
}

/** Keeps what the bus says of each Serving, until the bus or the signal ends it. */
export async function followDeliveries({ bus, said, told, signal }: FollowDeliveriesOptions): Promise<void> {
  const unheard = new Set(said.keys());
  for await (const { state, removed, snapshotEnd } of bus.watchDeliveries({}, { signal })) {
    const id = state?.serving ?? removed ?? '';
    if (state !== undefined) said.set(id, state);
    else said.delete(id);
    unheard.delete(id);
    if (id !== '') await told(id);
    if (snapshotEnd === undefined) continue;
    for (const gone of unheard) said.delete(gone);
    unheard.clear();
  }
}
