import { isDeepStrictEqual } from 'node:util';
import { MessagingError, type MessageApp, type MessageBus, type OpenApp } from '@openfunction/messaging';
import { keyOf, keyText, type Serving } from '@openfunction/resources';
import type { Deliveries } from './deliveries.ts';

export interface ConnectedApp {
  /** The Serving whose components are open. */
  serving: Serving;
  app: MessageApp;
  opened: OpenApp;
}

/** The apps whose components are open, one of each function. */
export interface ConnectedApps {
  all(): Iterable<ConnectedApp>;
  /** Opens the app of a function, in the place of what it had; does nothing when that is the same. Rejects when it cannot be opened. */
  connect(fn: string, serving: Serving, plan: () => Promise<MessageApp>): Promise<void>;
  disconnect(fn: string): Promise<void>;
  close(signal: AbortSignal): Promise<void>;
}

export interface ConnectedAppsOptions {
  bus: MessageBus;
  deliveries: Deliveries;
  /** What is under way has so long to end, when its app changes or goes. */
  graceMs: number;
}

export function connectedApps({ bus, deliveries, graceMs }: ConnectedAppsOptions): ConnectedApps {
  const apps = new Map<string, ConnectedApp>();
  /** Of functions whose app cannot be opened, so that it is told of the right Serving that it is gone. */
  const failed = new Map<string, string>();

  async function drop(fn: string): Promise<void> {
    const before = apps.get(fn);
    apps.delete(fn);
    await before?.opened.close(AbortSignal.timeout(graceMs));
  }

  async function open(fn: string, serving: Serving, app: MessageApp): Promise<void> {
    const told = { id: keyText(keyOf(serving)), uid: serving.metadata.uid ?? '' };
    const troubles = new Map<string, MessagingError>();
    // Said before it is known, so that what a source tells at once comes after.
    deliveries.set(told, undefined);
    const opened = await bus.open(app, (source, trouble) => {
      if (trouble === undefined) troubles.delete(source);
      else troubles.set(source, trouble);
      const [first] = troubles.values();
      if (apps.get(fn)?.app === app || !apps.has(fn)) deliveries.set(told, first);
    });
    apps.set(fn, { serving, app, opened });
  }

  function forget(fn: string, id: string | undefined): void {
    const before = failed.get(fn) ?? idOf(apps.get(fn)?.serving);
    if (before !== undefined && before !== id) deliveries.remove(before);
    failed.delete(fn);
  }

  return {
    all: () => apps.values(),
    connect: async (fn, serving, plan) => {
      const id = keyText(keyOf(serving));
      forget(fn, id);
      try {
        const app = await plan();
        if (isDeepStrictEqual(app, apps.get(fn)?.app)) return;
        // Two members of one group would take each other's messages, and some sources know one consumer alone.
        await drop(fn);
        await open(fn, serving, app);
      } catch (error) {
        failed.set(fn, id);
        if (error instanceof MessagingError) deliveries.set({ id, uid: serving.metadata.uid ?? '' }, error);
        throw error;
      }
    },
    disconnect: async (fn) => {
      forget(fn, undefined);
      await drop(fn);
    },
    close: async (signal) => {
      await Promise.all([...apps.values()].map(({ opened }) => opened.close(signal)));
      apps.clear();
    },
  };
}

function idOf(serving: Serving | undefined): string | undefined {
  return serving === undefined ? undefined : keyText(keyOf(serving));
}
