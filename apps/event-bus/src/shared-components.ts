import { registry } from '@openfunction/components';
import { MessagingError, type AppComponent, type MessageBus } from '@openfunction/messaging';

/** Servers of the network, and timers: the same for whoever opens them. */
const shareable: readonly string[] = [
  'bindings.cron',
  'bindings.http',
  'bindings.kafka',
  'bindings.mqtt3',
  'bindings.postgres',
  'bindings.postgresql',
  'bindings.rabbitmq',
  'bindings.redis',
  'configuration.redis',
  'lock.redis',
  'pubsub.jetstream',
  'pubsub.kafka',
  'pubsub.mqtt3',
  'pubsub.rabbitmq',
  'pubsub.redis',
  'state.postgresql',
  'state.redis',
];
const inMemory: readonly string[] = ['pubsub.in-memory', 'state.in-memory'];

/**
 * The same bus, for functions of people who do not trust each other: what a component would use of the machine that opens it,
 * its files, variables and rights, is the platform's, with its keys among them.
 */
export function sharedComponents(bus: MessageBus, { replicas }: { replicas: number }): MessageBus {
  return {
    open: async (app, told) => {
      for (const component of app.components) check(component, replicas);
      return bus.open(app, told);
    },
  };
}

function check({ name, type }: AppComponent, replicas: number): void {
  const what = `The component "${name}" of type ${type}`;
  if (inMemory.includes(type)) {
    if (replicas === 1) return;
    throw new MessagingError(
      'ComponentInvalid',
      `${what} lives in the memory of one process, and event-bus has ${replicas} of them. Use a component that is a server, such as Redis, or set replicas.eventBus=1 in the chart's values.`,
    );
  }
  // What there is not at all is refused by the bus, which knows the nearest.
  if (shareable.includes(type) || !Object.hasOwn(registry, type)) return;
  throw new MessagingError(
    'ComponentInvalid',
    `${what} uses files, variables or rights of the process that opens it, which on a cluster are the platform's. Use a component that is a server, such as Redis or PostgreSQL.`,
  );
}
