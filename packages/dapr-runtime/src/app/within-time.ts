import type { AppPort } from './app-port.ts';

/** The same app, for whom a message counts as not handled when the answer takes longer. */
export function withinTime(port: AppPort, timeoutMs: number): AppPort {
  const limited = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const { topics, bindings } = port;
  return {
    ...port,
    subscriptions: (signal, how) => port.subscriptions(limited(signal), how),
    topics: {
      handle: (event, subscription, signal) => topics.handle(event, subscription, limited(signal)),
      handleMany: (events, subscription, signal) => topics.handleMany(events, subscription, limited(signal)),
    },
    bindings: {
      wants: (path, signal) => bindings.wants(path, limited(signal)),
      handle: (path, delivery, signal) => bindings.handle(path, delivery, limited(signal)),
    },
  };
}
