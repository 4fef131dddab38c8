import type { Blocks, OpenedComponent, PubSub, StateOperation, StateStore } from '@openfunction/components';
import type { AppIdentity } from '../app/app-identity.ts';
import type { DaprMetrics, Measured } from './dapr-metrics.ts';

export interface Measuring {
  metrics: DaprMetrics;
  app: AppIdentity;
  now(): number;
}

/** The same component, whose operations are counted, each with all of its tries. */
export function measuredComponent(opened: OpenedComponent, measuring: Measuring | undefined): OpenedComponent {
  return measuring === undefined ? opened : ({ ...opened, component: wrapped(opened, measuring) } as OpenedComponent);
}

/** Tells how long an action took, and whether it was done. */
export async function timed<T>(
  { app, now }: Pick<Measuring, 'app' | 'now'>,
  component: string,
  action: () => Promise<T>,
  tell: (measured: Measured, answer: T | undefined) => void,
): Promise<T> {
  const begun = now();
  let answer: T | undefined;
  try {
    answer = await action();
    return answer;
  } finally {
    tell({ app, component, ms: now() - begun }, answer);
  }
}

function wrapped({ block, component, document: { name } }: OpenedComponent, measuring: Measuring): Blocks[keyof Blocks] {
  const { metrics } = measuring;
  const counted =
    (kind: 'secret' | 'configuration', operation: string) =>
    <T>(action: () => Promise<T>): Promise<T> => {
      let isSuccess = false;
      const noting = async (): Promise<T> => {
        const answer = await action();
        isSuccess = true;
        return answer;
      };
      return timed(measuring, name, noting, (measured) => metrics.operated(kind, operation, isSuccess, measured));
    };
  switch (block) {
    case 'state':
      return measuredState(component, name, measuring);
    case 'pubsub':
      return measuredPubSub(component, name, measuring);
    case 'bindings': {
      const { output } = component;
      if (output === undefined) return component;
      const invoke: typeof output.invoke = (request, signal) =>
        timed(
          measuring,
          name,
          () => output.invoke(request, signal),
          (measured, answer) => metrics.invokedBinding(request.operation, answer !== undefined, measured),
        );
      return { ...component, output: { ...output, invoke } };
    }
    case 'secretstores': {
      const [one, all] = [counted('secret', 'get'), counted('secret', 'bulk_get')];
      const get: typeof component.get = (secret, metadata, signal) => one(() => component.get(secret, metadata, signal));
      const getAll: typeof component.getAll = (metadata, signal) => all(() => component.getAll(metadata, signal));
      return { ...component, get, getAll };
    }
    case 'configuration': {
      const read = counted('configuration', 'get');
      const get: typeof component.get = (keys, metadata, signal) => read(() => component.get(keys, metadata, signal));
      return { ...component, get };
    }
    case 'lock':
      // Dapr counts nothing of locks.
      return component;
  }
}

function measuredState(store: StateStore, name: string, measuring: Measuring): StateStore {
  const { transact } = store;
  const tell = (operation: string, isSuccess: boolean, measured: Measured): void =>
    measuring.metrics.operated('state', operation, isSuccess, measured);
  return {
    ...store,
    read: (keys, options) =>
      timed(
        measuring,
        name,
        () => store.read(keys, options),
        (measured, entries) => tell(keys.length === 1 ? 'get' : 'bulk_get', entries !== undefined, measured),
      ),
    write: (operations, signal) =>
      timed(
        measuring,
        name,
        () => store.write(operations, signal),
        (measured, errors) => tell(wordFor(operations), errors?.every((error) => error === undefined) ?? false, measured),
      ),
    ...(transact === undefined
      ? {}
      : {
          transact: async (operations, signal) => {
            const done = async (): Promise<true> => (await transact(operations, signal), true);
            await timed(measuring, name, done, (measured, isDone) => tell('transaction', isDone === true, measured));
          },
        }),
  };
}

function wordFor(operations: readonly StateOperation[]): string {
  if (operations[0]?.kind !== 'delete') return 'set';
  return operations.length === 1 ? 'delete' : 'bulk_delete';
}

function measuredPubSub(broker: PubSub, name: string, measuring: Measuring): PubSub {
  const { metrics } = measuring;
  const { publishMany } = broker;
  return {
    ...broker,
    publish: async (message, signal) => {
      const done = async (): Promise<true> => (await broker.publish(message, signal), true);
      await timed(measuring, name, done, (measured, isDone) => metrics.published(message.topic, isDone === true, measured));
    },
    ...(publishMany === undefined
      ? {}
      : {
          publishMany: (topic, messages, signal) =>
            timed(
              measuring,
              name,
              () => publishMany(topic, messages, signal),
              (measured, errors) => {
                const failed = errors === undefined ? messages.length : errors.filter((error) => error !== undefined).length;
                metrics.publishedMany(topic, { all: messages.length, failed }, measured);
              },
            ),
        }),
  };
}
