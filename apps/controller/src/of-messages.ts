import type { ControllerOptions } from '@openfunction/controller';
import type { EventBus } from '@openfunction/protocol';

/** What the controller can do where somebody brings functions their messages. */
export function ofMessages(bus: EventBus): Pick<ControllerOptions, 'bus' | 'capabilities'> {
  return {
    capabilities: new Set(['messaging', 'states', 'keda', 'workloadType']),
    bus: { watchDeliveries: (request, { signal }) => bus.watchDeliveries(request, signal) },
  };
}
