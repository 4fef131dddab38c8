import type { AppPort } from '../app/app-port.ts';
import { httpBindingHandler } from '../bindings/http-binding-handler.ts';
import { encodePath } from '../http/parse-target.ts';
import { httpTopicHandler } from '../subscriptions/http-topic-handler.ts';
import { parseProgrammatic } from '../subscriptions/parse-subscription.ts';
import type { AppChannel } from './app-channel.ts';

/** An app that speaks HTTP. */
export function httpApp(channel: AppChannel): AppPort {
  return {
    protocol: 'http',
    address: channel.address,
    ready: (signal) => channel.ready(signal),
    probe: async (path, signal) => {
      const status = await channel.probe(path, signal);
      return status >= 200 && status <= 299;
    },
    subscriptions: async (signal, { mustAnswer } = { mustAnswer: false }) => {
      const { status, body } = await channel.call({ method: 'GET', path: '/dapr/subscribe' }, signal);
      if (mustAnswer && status >= 500) throw new Error(`the app answered GET /dapr/subscribe with status ${status}`);
      return status >= 200 && status <= 299 && body.length > 0 ? parseProgrammatic(JSON.parse(body.toString('utf8'))) : [];
    },
    topics: httpTopicHandler(channel),
    bindings: httpBindingHandler(channel),
    invokable: channel,
    tellConfiguration: async ({ id, store, items }, signal) => {
      for (const [key, item] of Object.entries(items)) {
        const body = JSON.stringify({ id, items: { [key]: item } });
        await channel.call(
          { method: 'POST', path: encodePath(['configuration', store, key]), headers: { 'content-type': 'application/json' }, body },
          signal,
        );
      }
    },
    close: () => channel.close(),
  };
}
