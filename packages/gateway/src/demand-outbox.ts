import type { ConnectRequest, Demand, ServingLoad } from '@openfunction/protocol';

const maxLoads = 16;

/** What is to be sent on one stream, in order. What a slow reader has not taken is merged, so that it stays small. */
export class DemandOutbox implements AsyncIterable<ConnectRequest> {
  #first: ConnectRequest | undefined;
  readonly #demands = new Map<string, Demand>();
  #loads: ConnectRequest[] = [];
  #grantsSeen = 0;
  #closed = false;
  #wake: () => void = () => undefined;

  constructor(hello: ConnectRequest) {
    this.#first = hello;
  }

  demand(serving: string, waiting: number): void {
    if (this.#closed) return;
    this.#demands.set(serving, { serving, waiting, grantsSeen: this.#grantsSeen });
    this.#wake();
  }

  /** The slots of a grant of this stream were lent to who waits: what is demanded from now on counts without them. */
  grantApplied(): void {
    this.#grantsSeen++;
  }

  load(servings: ServingLoad[]): void {
    if (this.#closed) return;
    this.#loads.push({ load: { servings, grantsSeen: this.#grantsSeen } });
    if (this.#loads.length > maxLoads) this.#loads.shift();
    this.#wake();
  }

  readonly close = (): void => {
    this.#closed = true;
    this.#wake();
  };

  async *[Symbol.asyncIterator](): AsyncIterator<ConnectRequest> {
    while (!this.#closed) {
      const message = this.#next();
      if (message !== undefined) yield message;
      else await new Promise<void>((done) => (this.#wake = done));
    }
  }

  #next(): ConnectRequest | undefined {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    for (const demand of this.#demands.values()) {
      this.#demands.delete(demand.serving);
      return { demand };
    }
    return this.#loads.shift();
  }
}
