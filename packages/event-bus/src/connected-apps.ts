import { isDeepStrictEqual } from 'node:util';
import { isOfScaling, MessagingError, type MessageApp, type MessageBus, type OpenApp, type SourceTroubles } from '@openfunction/messaging';
import { keyOf, keyText, type Serving } from '@openfunction/resources';
import type { Deliveries } from './deliveries.ts';

export interface ConnectedApp {
  /** The Serving whose components are open. */
  serving: Serving;
  app: MessageApp;
  opened: OpenApp;
  /** Something else than its sources keeps it from working as its manifest says; undefined: it does not any more. */
  tell: SourceTroubles;
}

/** The apps whose components are open, one of each function. */
export interface ConnectedApps {
  all(): Iterable<ConnectedApp>;
  /** Those of which something is said, also where nothing could be opened. */
  functions(): Iterable<string>;
  /** Opens the app of a function, in the place of what it had; does nothing when that is the same. Rejects when it cannot be opened. */
  connect(fn: string, serving: Serving, plan: () => Promise<MessageApp>): Promise<void>;
  disconnect(fn: string): Promise<void>;
  /** What is still being opened is closed as soon as it is open. */
  close(signal: AbortSignal): Promise<void>;
}

export interface ConnectedAppsOptions {
  bus: MessageBus;
  deliveries: Deliveries;
  /** What is under way has so long to end, when its app changes or goes. */
  graceMs: number;
}

interface Connection {
  /** The Serving that is spoken of. */
  serving: Serving;
  open?: ConnectedApp;
  /** Why it is not open as its Serving says. */
  failure?: MessagingError;
  /** Of sources of what is open. */
  troubles: Map<string, MessagingError>;
  /** Sources of which nothing is known yet. */
  awaited: Set<string>;
}

export function connectedApps({ bus, deliveries, graceMs }: ConnectedAppsOptions): ConnectedApps {
  const connections = new Map<string, Connection>();
  let isClosed = false;

  /** Of what is neither open nor known to fail there is nothing to say. */
  function tell({ serving, open, failure, troubles, awaited }: Connection): void {
    const inTheWay = failure ?? troubles.values().find((trouble) => !isOfScaling(trouble));
    if (inTheWay === undefined && (open === undefined || awaited.size > 0)) return;
    const [ofScaling] = troubles.values();
    deliveries.set({ id: idOf(serving), uid: serving.metadata.uid ?? '' }, inTheWay ?? ofScaling);
  }

  function speakOf(fn: string, serving: Serving): Connection {
    const before = connections.get(fn);
    if (before !== undefined && idOf(before.serving) !== idOf(serving)) deliveries.remove(idOf(before.serving));
    const connection = Object.assign(before ?? { troubles: new Map<string, MessagingError>(), awaited: new Set<string>() }, { serving });
    connections.set(fn, connection);
    return connection;
  }

  async function drop(connection: Connection): Promise<void> {
    const { open } = connection;
    delete connection.open;
    connection.troubles = new Map();
    await open?.opened.close(AbortSignal.timeout(graceMs));
  }

  async function open(connection: Connection, app: MessageApp): Promise<void> {
    const { serving, troubles } = connection;
    const awaited = new Set(sourcesOf(app));
    connection.awaited = awaited;
    const told: SourceTroubles = (source, trouble) => {
      awaited.delete(source);
      if (trouble === undefined) troubles.delete(source);
      else troubles.set(source, trouble);
      // Of what has been closed nobody hears any more.
      if (connection.troubles === troubles) tell(connection);
    };
    const opened = await bus.open(app, told);
    if (isClosed) await opened.close(AbortSignal.abort());
    else connection.open = { serving, app, opened, tell: told };
  }

  return {
    all: () => [...connections.values()].flatMap(({ open: one }) => one ?? []),
    functions: () => connections.keys(),
    connect: async (fn, serving, plan) => {
      const connection = speakOf(fn, serving);
      try {
        const app = await plan();
        const before = connection.open;
        if (before === undefined || !isDeepStrictEqual(app, before.app)) {
          // Two members of one group would take each other's messages, and some sources know one consumer alone.
          if (before === undefined || !beginsToDeliver(before.app, app)) await drop(connection);
          await open(connection, app);
          // Of a replica that begins to deliver, whose components are there for the function's calls meanwhile.
          if (before !== undefined && beginsToDeliver(before.app, app) && !isClosed)
            await before.opened.close(AbortSignal.timeout(graceMs));
        } else if (idOf(before.serving) !== idOf(serving)) connection.open = { ...before, serving };
        delete connection.failure;
        tell(connection);
      } catch (error) {
        if (error instanceof MessagingError) connection.failure = error;
        tell(connection);
        throw error;
      }
    },
    disconnect: async (fn) => {
      const connection = connections.get(fn);
      if (connection === undefined) return;
      connections.delete(fn);
      deliveries.remove(idOf(connection.serving));
      await drop(connection);
    },
    close: async (signal) => {
      isClosed = true;
      await Promise.all([...connections.values()].map(async ({ open: one }) => one?.opened.close(signal)));
      connections.clear();
    },
  };
}

/** Nothing else is new, and what was open took no messages. */
function beginsToDeliver(before: MessageApp, app: MessageApp): boolean {
  return !before.delivers && isDeepStrictEqual({ ...before, delivers: true }, app);
}

/** By the names that the bus has for them. */
function sourcesOf({ delivers, inputs, topics }: MessageApp): string[] {
  return delivers ? [...inputs, ...topics.map(({ component, topic }) => `${component}/${topic}`)] : [];
}

function idOf(serving: Serving): string {
  return keyText(keyOf(serving));
}
