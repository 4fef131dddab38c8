import type { MessageApp, MessageBus, MessagingError, OpenApp, SourceTroubles } from '@openfunction/messaging';
import type { DeliveryState, ReportSourcesRequest } from '@openfunction/protocol';
import { manualClock, type ManualClock } from '@openfunction/reconcile';
import {
  functionKind,
  functionLabel,
  keyOf,
  secretKind,
  servingKind,
  type OFunction,
  type Secret,
  type ServingSpec,
} from '@openfunction/resources';
import { memoryStore, type Store } from '@openfunction/store';
import type { Scalers } from '../sources/measure-sources.ts';
import { startEventBus, type EventBusOptions, type StartedEventBus } from '../start-event-bus.ts';

/** An app as the bus has it. */
export interface FakeApp {
  app: MessageApp;
  told: SourceTroubles;
  isClosed: boolean;
  /** What its sources say; none by default. */
  sources: ReturnType<OpenApp['sources']>;
}

/** A message bus that remembers what it was asked to open, and fails where it is told to. */
export interface FakeBus extends MessageBus {
  opened: FakeApp[];
  /** Those that are open now. */
  now(): FakeApp[];
  attempts: number;
  /** Opens the sources of an app. */
  listen: (one: FakeApp) => void;
  refuse: (app: MessageApp) => MessagingError | undefined;
  /** What an app waits for before it is open, and before it is closed. */
  opening: (app: MessageApp) => Promise<void>;
  closing: (app: MessageApp, signal?: AbortSignal) => Promise<void>;
}

export function fakeBus(): FakeBus {
  const opened: FakeApp[] = [];
  const bus: FakeBus = {
    opened,
    now: () => opened.filter(({ isClosed }) => !isClosed),
    attempts: 0,
    listen: ({ app, told }) => {
      for (const input of app.inputs) told(input, undefined);
      for (const { component, topic } of app.topics) told(`${component}/${topic}`, undefined);
    },
    refuse: () => undefined,
    opening: async () => {},
    closing: async () => {},
    open: async (app, told) => {
      bus.attempts += 1;
      await bus.opening(app);
      const refused = bus.refuse(app);
      if (refused !== undefined) throw refused;
      const one: FakeApp = { app, told, isClosed: false, sources: [] };
      opened.push(one);
      // As a driver does: the sources come after the components.
      if (app.delivers) void Promise.resolve().then(() => bus.listen(one));
      return {
        sources: () => one.sources,
        close: async (signal) => {
          await bus.closing(app, signal);
          one.isClosed = true;
        },
      };
    },
  };
  return bus;
}

/** An event bus over a store in memory, a fake message bus, and a clock that moves when it is told to. */
export interface BusWorld {
  store: Store;
  clock: ManualClock;
  bus: FakeBus;
  started: StartedEventBus;
  reports: ReportSourcesRequest[];
  logged: unknown[];
  /** A Function whose traffic is with a Serving of this spec; a name of its own for each version. */
  deploy(name: string, spec: Partial<ServingSpec>, version?: string): Promise<OFunction>;
  putSecret(name: string, stringData: Record<string, string>): Promise<void>;
  /** What is said of each Serving, as somebody hears it who begins to listen now. */
  said(): Promise<DeliveryState[]>;
}

const noScalers: Scalers = { open: () => Promise.reject(new Error('there are no scalers in this test')) };

export function busWorld(more: Partial<EventBusOptions> = {}): BusWorld {
  const clock = manualClock(Date.parse('2026-01-01T00:00:00Z'));
  const store = more.store ?? memoryStore({ clock });
  const bus = fakeBus();
  const logged: unknown[] = [];
  const reports: ReportSourcesRequest[] = [];
  const started = startEventBus({
    store,
    bus,
    pool: {
      // oxlint-disable-next-line require-yield -- the pool answers nothing until the stream ends
      reportSources: async function* (requests, signal) {
        for await (const request of requests) {
          if (signal.aborted) return;
          reports.push(request);
        }
      },
    },
    scalers: noScalers,
    tokenKey: Buffer.from('a key of this test'),
    clusterDomain: 'cluster.local',
    namespaces: 'all',
    clock,
    random: () => 0.5,
    log: (message, fields) => logged.push([message, fields]),
    ...more,
  });
  return {
    store,
    clock,
    bus,
    started,
    reports,
    logged,
    deploy: (name, spec, version = 'v1') => deploy(store, name, { image: 'i', ...spec }, version),
    putSecret: async (name, stringData) => {
      const secret: Secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'shop', name }, stringData };
      await store.apply(secretKind, secret, { fieldManager: 'test' });
    },
    said: async () => {
      const found: DeliveryState[] = [];
      for await (const { state, snapshotEnd } of started.service.watchDeliveries({}, new AbortController().signal)) {
        if (snapshotEnd !== undefined) break;
        if (state !== undefined) found.push(state);
      }
      return found;
    },
  };
}

async function deploy(store: Store, name: string, spec: ServingSpec, version: string): Promise<OFunction> {
  const key = { namespace: 'shop', name };
  const made: OFunction = { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Function', metadata: key, spec: { image: 'i' } };
  const fn = (await store.get(functionKind, key)) ?? (await store.create(functionKind, made));
  const serving = await store.create(servingKind, {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Serving',
    metadata: {
      namespace: 'shop',
      name: `${name}-${version}`,
      labels: { [functionLabel]: name },
      ownerReferences: [{ apiVersion: fn.apiVersion, kind: fn.kind, name, uid: fn.metadata.uid ?? '', controller: true }],
    },
    spec,
  });
  return store.updateStatus(functionKind, { ...fn, status: { serving: { lastSuccessfulResourceRef: keyOf(serving).name } } });
}
