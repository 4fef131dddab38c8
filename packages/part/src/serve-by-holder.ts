import { RpcError, type Handler, type Service, type Transport } from '@openfunction/protocol';

export interface ByHolderOptions {
  service: Service;
  isHeld: () => boolean;
  /** To the holder, as far as it is known. */
  holder: () => Transport | undefined;
  /** Which methods; all by default. */
  passes?: (path: string) => boolean;
  /** Tells services apart that have the same methods and different rights. Default `held`. */
  name?: string;
}

export interface ByHolder {
  /** For callers: answers them, or passes them on. */
  service: Service;
  /** For the other replicas, which passed a call on. */
  passedOn: Service;
}

/**
 * What only the holder of the Lease can do, on every replica: the others pass calls on. A call that was passed on is not passed
 * on again, so that two who take each other for the holder do not send it round.
 */
export function serveByHolder(options: ByHolderOptions): ByHolder {
  const { service, isHeld, holder, passes = () => true, name = 'held' } = options;
  const pass =
    (path: string): Handler =>
    (requests, signal) =>
      holder()?.call(`/${name}${path}`, requests, signal) ?? refuse();
  const whileHeld =
    (handler: Handler, otherwise: Handler): Handler =>
    (requests, signal) =>
      (isHeld() ? handler : otherwise)(requests, signal);
  const methods = [...service.methods];
  const passing = methods.filter(([path]) => passes(path));
  return {
    service: { methods: new Map(methods.map(([path, handler]) => [path, passes(path) ? whileHeld(handler, pass(path)) : handler])) },
    passedOn: { methods: new Map(passing.map(([path, handler]) => [`/${name}${path}`, whileHeld(handler, refuse)])) },
  };
}

// eslint-disable-next-line require-yield -- a stream that only fails
async function* refuse(): AsyncIterable<never> {
  throw new RpcError('Unavailable', 'NotHolder: nobody holds the Lease of this part now. Ask again.');
}
