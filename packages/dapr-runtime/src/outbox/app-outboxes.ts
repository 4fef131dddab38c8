import type { ComponentContext, Subscription } from '@openfunction/components';
import { findComponent } from '../api/find-component.ts';
import { missingBroker } from '../api/publish-api.ts';
import type { AppComponents } from '../app/app-components.ts';
import type { AppIdentity } from '../app/app-identity.ts';
import { persist } from '../app/persist.ts';
import { deliverOutbox } from './deliver-outbox.ts';
import { outboxOf, waitingTopic, type OutboxSettings } from './outbox-settings.ts';

export interface AppOutboxesOptions {
  app: AppIdentity;
  components: AppComponents;
  context: Pick<ComponentContext, 'clock' | 'random' | 'report'>;
}

/** What sends the messages that wait in the outboxes of an app's stores, whether the app listens or not. */
export interface AppOutboxes {
  /** Has those that the stores say by now, and none else. */
  follow(signal?: AbortSignal): Promise<void>;
  close(signal?: AbortSignal): Promise<void>;
}

interface Outbox {
  key: string;
  stop: AbortController;
  opening: Promise<Subscription | undefined>;
}

const maxInFlight = 64;

export function appOutboxes({ app, components, context }: AppOutboxesOptions): AppOutboxes {
  const { clock, random, report } = context;
  let open: Outbox[] = [];

  function subscribe(store: string, settings: OutboxSettings, signal: AbortSignal): Promise<Subscription> {
    const { component } = findComponent(components, 'pubsub', settings.outboxPubsub, missingBroker);
    const deliver = deliverOutbox({ store, settings, components, now: () => clock.now(), report });
    return component.subscribe({ topic: waitingTopic(settings, app), deliver, maxInFlight, signal });
  }

  function begin({ key, store, settings }: { key: string; store: string; settings: OutboxSettings }): Outbox {
    const stop = new AbortController();
    const { signal } = stop;
    const tell = (error: unknown): void => {
      if (error === undefined) return;
      const why = error instanceof Error ? error.message : 'it is not known why';
      report({ level: 'error', message: 'the outbox of a store cannot send', component: store, fields: { why } });
    };
    return { key, stop, opening: persist(() => subscribe(store, settings, signal), { signal, clock, random, tell }) };
  }

  async function end(outboxes: readonly Outbox[], signal: AbortSignal | undefined): Promise<void> {
    await Promise.allSettled(
      outboxes.map(async ({ stop, opening }) => {
        stop.abort();
        await (await opening)?.close(signal);
      }),
    );
  }

  /** A broker that was opened anew has another identity, and its outbox is another one. */
  const wanted = () =>
    components.of('state').flatMap((store) => {
      const settings = outboxOf(store);
      if (settings === undefined) return [];
      const broker = components.find('pubsub', settings.outboxPubsub);
      return [{ key: JSON.stringify([store.document.name, settings, broker?.document]), store: store.document.name, settings }];
    });

  return {
    follow: async (signal) => {
      const now = wanted();
      const gone = open.filter(({ key }) => !now.some((each) => each.key === key));
      const fresh = now.filter(({ key }) => !open.some((each) => each.key === key));
      open = open.filter((outbox) => !gone.includes(outbox));
      await end(gone, signal);
      open.push(...fresh.map(begin));
    },
    close: async (signal) => {
      const all = open;
      open = [];
      await end(all, signal);
    },
  };
}
