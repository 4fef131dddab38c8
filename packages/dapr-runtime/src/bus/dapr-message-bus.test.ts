import { realClock } from '@openfunction/reconcile';
import { messageBusContract } from '@openfunction/messaging/contract';
import { describe, expect } from 'vitest';
import { daprRuntime } from '../app/dapr-runtime.ts';
import { serveApi } from '../http/api-server.ts';
import { daprMessageBus } from './dapr-message-bus.ts';

describe('the message bus of the Dapr runtime', () => {
  messageBusContract(async (at) => {
    const errors: unknown[] = [];
    const runtime = daprRuntime({ clock: realClock, random: () => 0.5, environment: {}, report: () => {} });
    const server = await serveApi({
      listen: { host: '127.0.0.1', port: 0 },
      apps: () => runtime.apps,
      maxBodyBytes: 1024 * 1024,
      onError: (error) => errors.push(error),
    });
    return {
      bus: daprMessageBus({ runtime, at }),
      apiUrl: `http://127.0.0.1:${server.port}`,
      pubsub: (name) => ({ name, type: 'pubsub.in-memory', metadata: [] }),
      state: (name) => ({ name, type: 'state.in-memory', metadata: [] }),
      input: (name) => ({ name, type: 'bindings.cron', metadata: [{ name: 'schedule', value: '@every 1s' }] }),
      output: (name) => ({ name, type: 'bindings.http', metadata: [{ name: 'url', value: 'http://127.0.0.1:1' }] }),
      invalid: (name) => ({ name, type: 'bindings.cron', metadata: [] }),
      // Nobody listens there.
      unavailable: (name) => ({ name, type: 'state.redis', metadata: [{ name: 'redisHost', value: '127.0.0.1:1' }], initTimeout: '500ms' }),
      close: async () => {
        await server.close(AbortSignal.timeout(2_000));
        await runtime.close(AbortSignal.timeout(2_000));
        expect(errors).toEqual([]);
      },
    };
  });
});
