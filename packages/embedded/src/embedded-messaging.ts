import type { ControllerOptions } from '@openfunction/controller';
import { appEnvironment, appTokens } from '@openfunction/messaging';
import type { EventBus } from '@openfunction/protocol';
import { functionUid, usesMessaging, type Capabilities, type Serving } from '@openfunction/resources';

export interface EmbeddedMessagingOptions {
  /** Of loopback: where functions reach the API of their building blocks. */
  port: number;
  key: Uint8Array;
  bus: EventBus;
}

/** What control has to know of the part that brings messages. */
export interface EmbeddedMessaging {
  capabilities: Capabilities;
  /** Variables of an instance. */
  environment(serving: Serving): Readonly<Record<string, string>>;
  /** What the controller follows, from when somebody needs it: before, nobody answers. */
  busWhen(needed: Promise<void>): NonNullable<ControllerOptions['bus']>;
}

export function embeddedMessaging({ port, key, bus }: EmbeddedMessagingOptions): EmbeddedMessaging {
  return {
    capabilities: new Set(['messaging', 'states', 'keda', 'workloadType']),
    environment: (serving): Record<string, string> => {
      if (!usesMessaging(serving.spec)) return {};
      return appEnvironment({ host: '127.0.0.1', httpPort: port }, appTokens(key, functionUid(serving)));
    },
    busWhen: (needed) => ({
      watchDeliveries: async function* (request, { signal }) {
        await Promise.race([needed, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
        if (!signal.aborted) yield* bus.watchDeliveries(request, signal);
      },
    }),
  };
}
