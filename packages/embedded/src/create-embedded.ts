import type { Artifacts } from '@openfunction/artifact';
import { createBuilderClient, memoryTransport, type BuilderService } from '@openfunction/protocol';
import type { Store } from '@openfunction/store';
import { dataFolder } from './data-folder.ts';
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
  const control = await startControl({ ...options, folder, gatewayPort: options.port });
  const transport = memoryTransport(control.services);
  const gateway = await startGateway({ folder, port: options.port, transport });
  return {
    store: control.store,
    artifacts: control.artifacts,
    builder: createBuilderClient(transport),
    address: gateway.address,
    metrics: control.metrics,
    async close() {
      await gateway.close({ graceMs: 0 });
      transport.close();
      await control.close({ instances: 'end' });
    },
  };
}
