import { realClock } from '@openfunction/reconcile';
import type { ComponentContext } from '../component-context.ts';

/** A context for tests. Those that are given the same `shared` map are one process. */
export function testContext(given: Partial<Omit<ComponentContext, 'shared'>> & { shared?: Map<string, unknown> } = {}): ComponentContext {
  const { shared = new Map<string, unknown>(), ...rest } = given;
  const context: Omit<ComponentContext, 'shared'> = {
    name: 'tested',
    appId: 'app',
    namespace: 'default',
    clock: realClock,
    environment: {},
    random: () => 0.5,
    report: () => {},
    ...rest,
  };
  return {
    ...context,
    shared: <T>(make: () => T): T => {
      if (!shared.has(context.name)) shared.set(context.name, make());
      return shared.get(context.name) as T;
    },
  };
}
