import type { Artifacts } from '@openfunction/artifact';
import { createServer } from 'node:net';
import { once } from 'node:events';
import {
  createBuilderClient,
  createEventBusClient,
  createPoolClient,
  createPoolSourcesClient,
  memoryTransport,
  type BuilderService,
  type EventBus,
} from '@openfunction/protocol';
import type { Store } from '@openfunction/store';
import { dataFolder } from './data-folder.ts';
import { startEvents, type Events } from './start-events.ts';
import { startControl, type ControlOptions } from './start-control.ts';
import { startGateway } from './start-gateway.ts';

export interface EmbeddedOptions extends Omit<ControlOptions, 'folder' | 'gatewayPort'> {
  /** Folder that keeps everything. */
  data: string;
  /** The gateway's public port; 0 picks a free one. */
  port: number;
}

/** The whole platform in one process, for tests and embedding. */
export interface Embedded {
  store: Store;
  artifacts: Artifacts;
  /** Takes sources, and tells how builds go. */
  builder: BuilderService;
  /** Where the gateway listens: `http://127.0.0.1:PORT`. */
  address: string;
  /** What the scheduler counts and decides, as Prometheus text. */
  metrics(): string;
  /** Ends everything, instances too. */
  close(): Promise<void>;
}

export async function createEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const folder = dataFolder(options.data);
  const messagingPort = options.messagingPort ?? (await freePort());
  const events = lateEvents();
  const control = await startControl({ ...options, folder, gatewayPort: options.port, messagingPort, bus: events.bus });
  const transport = memoryTransport(control.services);
  const gateway = await startGateway({ folder, port: options.port, transport });
  void control.messagingNeeded.then(() =>
    events.start(() =>
      startEvents({
        folder,
        store: control.store,
        pool: { ...createPoolClient(transport), ...createPoolSourcesClient(transport) },
        listen: { host: '127.0.0.1', port: messagingPort },
        log: options.log,
      }),
    ),
  );
  return {
    store: control.store,
    artifacts: control.artifacts,
    builder: createBuilderClient(transport),
    address: gateway.address,
    metrics: control.metrics,
    async close() {
      await events.close();
      await gateway.close({ graceMs: 0 });
      transport.close();
      await control.close({ instances: 'end' });
    },
  };
}

interface LateEvents {
  /** Waits until it has been started. */
  bus: EventBus;
  start(how: () => Promise<Events>): void;
  close(): Promise<void>;
}

/** What brings messages, once somebody needs it. */
function lateEvents(): LateEvents {
  const started = Promise.withResolvers<Events>();
  let starting: Promise<void> | undefined;
  let isClosed = false;
  return {
    bus: {
      watchDeliveries: async function* (request, signal) {
        const { service } = await started.promise;
        const transport = memoryTransport([service]);
        yield* createEventBusClient(transport).watchDeliveries(request, signal);
      },
    },
    start: (how) => {
      if (isClosed) return;
      starting = how().then(started.resolve, started.reject);
    },
    close: async () => {
      isClosed = true;
      await starting;
      // What could not be started has nothing to end, and keeps nothing else from it.
      if (starting !== undefined)
        await started.promise.then(
          ({ close }) => close({ graceMs: 0 }),
          () => undefined,
        );
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
