import type {
  Blocks,
  ConfigurationStore,
  OpenedComponent,
  PubSub,
  SecretStore,
  StateOperation,
  StateStore,
} from '@openfunction/components';
import type { PolicyRunner } from './run-with-policy.ts';

/** The same component, called by its outbound policy. */
export function resilientComponent(opened: OpenedComponent, runner: PolicyRunner | undefined): OpenedComponent {
  return runner === undefined ? opened : ({ ...opened, component: wrapped(opened, runner) } as OpenedComponent);
}

function wrapped({ block, component }: OpenedComponent, runner: PolicyRunner): Blocks[keyof Blocks] {
  const { run } = runner;
  switch (block) {
    case 'state':
      return resilientState(component, runner);
    case 'pubsub':
      return resilientPubSub(component, runner);
    case 'bindings': {
      const { output } = component;
      if (output === undefined) return component;
      return { ...component, output: { ...output, invoke: (request, given) => run((signal) => output.invoke(request, signal), given) } };
    }
    case 'secretstores':
      return resilientSecrets(component, runner);
    case 'configuration':
      return resilientConfiguration(component, runner);
    case 'lock':
      return {
        ...component,
        tryLock: (request, given) => run((signal) => component.tryLock(request, signal), given),
        unlock: (request, given) => run((signal) => component.unlock(request, signal), given),
      };
  }
}

function resilientSecrets(store: SecretStore, { run }: PolicyRunner): SecretStore {
  return {
    ...store,
    get: (name, metadata, given) => run((signal) => store.get(name, metadata, signal), given),
    getAll: (metadata, given) => run((signal) => store.getAll(metadata, signal), given),
  };
}

function resilientConfiguration(store: ConfigurationStore, { run }: PolicyRunner): ConfigurationStore {
  return { ...store, get: (keys, metadata, given) => run((signal) => store.get(keys, metadata, signal), given) };
}

function resilientState(store: StateStore, runner: PolicyRunner): StateStore {
  const { transact } = store;
  return {
    ...store,
    read: (keys, options) => runner.run((signal) => store.read(keys, { ...options, signal }), options?.signal),
    write: (operations: readonly StateOperation[], given) =>
      untilNoneFails(operations, (left, signal) => store.write(left, signal), { runner, given }),
    ...(transact === undefined ? {} : { transact: (operations, given) => runner.run((signal) => transact(operations, signal), given) }),
  };
}

function resilientPubSub(broker: PubSub, runner: PolicyRunner): PubSub {
  const { publishMany } = broker;
  return {
    ...broker,
    publish: (message, given) => runner.run((signal) => broker.publish(message, signal), given),
    ...(publishMany === undefined
      ? {}
      : {
          publishMany: (topic, messages, given) =>
            untilNoneFails(messages, (left, signal) => publishMany(topic, left, signal), { runner, given }),
        }),
  };
}

/** Tries again with those that failed and no others: what is done must not be done twice. */
async function untilNoneFails<T>(
  items: readonly T[],
  act: (left: readonly T[], signal: AbortSignal) => Promise<(Error | undefined)[]>,
  { runner, given }: { runner: PolicyRunner; given: AbortSignal | undefined },
): Promise<(Error | undefined)[]> {
  const errors: (Error | undefined)[] = items.map(() => undefined);
  let left = items.map((_item, index) => index);
  let hasAnswered = false;
  try {
    await runner.run(async (signal) => {
      const told = await act(
        left.map((index) => items[index] as T),
        signal,
      );
      hasAnswered = true;
      left.forEach((index, position) => (errors[index] = told[position]));
      left = left.filter((index) => errors[index] !== undefined);
      const [first] = left;
      if (first !== undefined) throw errors[first] as Error;
    }, given);
  } catch (error) {
    if (!hasAnswered) throw error;
    // A later try that failed as a whole says the latest of those that are left.
    const failure = error instanceof Error ? error : new Error(String(error));
    for (const index of left) errors[index] ??= failure;
  }
  return errors;
}
