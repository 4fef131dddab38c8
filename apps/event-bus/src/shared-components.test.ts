import { registry } from '@openfunction/components';
import { MessagingError, type MessageApp, type MessageBus } from '@openfunction/messaging';
import { expect, it } from 'vitest';
import { sharedComponents } from './shared-components.ts';

const types = [...new Set(Object.keys(registry).map((key) => key.split('/')[0]!))];

function appWith(type: string): MessageApp {
  return {
    id: 'a',
    namespace: 'default',
    authority: 'a.default.svc.cluster.local',
    apiToken: 'api',
    appToken: 'app',
    components: [{ name: 'one', type, metadata: [] }],
    topics: [],
    inputs: [],
    maxInFlight: 1,
    timeoutMs: 1000,
    delivers: true,
  };
}

async function refused(replicas: number, asked: readonly string[] = types): Promise<Record<string, string>> {
  const bus: MessageBus = { open: async () => ({ sources: () => [], close: async () => {} }) };
  const said: Record<string, string> = {};
  for (const type of asked)
    await sharedComponents(bus, { replicas })
      .open(appWith(type), () => {})
      .catch((error: unknown) => {
        if (!(error instanceof MessagingError) || error.code !== 'ComponentInvalid') throw error;
        said[type] = error.message;
      });
  return said;
}

const ofMachine = ['bindings.localstorage', 'secretstores.kubernetes', 'secretstores.local.env', 'secretstores.local.file', 'state.sqlite'];

it('opens nothing that uses files, variables or rights of the process, which are those of the platform', async () => {
  const said = await refused(1);
  expect(Object.keys(said).toSorted()).toEqual(ofMachine);
  expect(said['state.sqlite']).toMatch(/^The component "one" of type state\.sqlite uses files, .* Use a component that is a server/);
});

it('opens nothing that lives in the memory of one replica when there are several', async () => {
  const said = await refused(2);
  expect(Object.keys(said).toSorted()).toEqual([...ofMachine, 'pubsub.in-memory', 'state.in-memory'].toSorted());
  expect(said['pubsub.in-memory']).toContain('replicas.eventBus=1');
});

it('leaves it to the bus to say that there is no such type', async () => {
  expect(await refused(2, ['state.sqlit', 'toString', ''])).toEqual({});
});
