import { hkdfSync, type KeyObject } from 'node:crypto';
import path from 'node:path';
import type { Artifacts } from '@openfunction/artifact';
import { startBuilder } from '@openfunction/builder';
import type { BuilderClient } from '@openfunction/controller';
import { codeCacheMaker } from '@openfunction/functions-framework/runner';
import { serveBuilder, type Service } from '@openfunction/protocol';
import { realClock } from '@openfunction/reconcile';
import type { Store } from '@openfunction/store';
import type { Workloads } from '@openfunction/workload';
import type { BuildSources } from './build-sources.ts';
import type { DataFolder } from './data-folder.ts';

/** What the controller builds with, and builder.v1 for `ofn`. */
export interface EmbeddedBuilder {
  client: BuilderClient;
  service: Service;
  close(): Promise<void>;
}

/** Builds as sandboxed processes, which get at the builder by a socket of their own. */
export async function startEmbeddedBuilder(options: {
  folder: DataFolder;
  store: Store;
  workloads: Workloads;
  artifacts: Artifacts;
  ticketKey: KeyObject;
  environment?: Record<string, string>;
  sources?: BuildSources;
  /** Whether builds run in a cage that holds programs too. */
  isCaged: boolean;
  log: (message: string, fields?: unknown) => void;
}): Promise<EmbeddedBuilder> {
  const { folder, store, workloads, artifacts, log } = options;
  const { service, close } = await startBuilder({
    store,
    workloads,
    artifacts,
    exchange: { listen: { path: folder.buildSocket }, key: exchangeKey(options.ticketKey), dir: folder.builds },
    ...options.sources,
    environment: {
      ...options.environment,
      OFN_CACHE_MAKER: JSON.stringify(codeCacheMaker()),
      // Where only files are guarded, a script would run with the rights of whoever ran "ofn up".
      ...(options.isCaged ? { OFN_INSTALL_SCRIPTS: 'allowed' } : {}),
    },
    clock: realClock,
    atOnce: 2,
    logDir: path.join(folder.logs, 'builds'),
    log,
  });
  return {
    client: { build: (request, { signal }) => service.build(request, signal), cancel: (request) => service.cancel(request) },
    service: serveBuilder(service),
    close,
  };
}

/** Kept across restarts as the key is that it comes from: builds outlive this process. */
function exchangeKey(ticketKey: KeyObject): Uint8Array {
  const secret = ticketKey.export({ type: 'pkcs8', format: 'der' });
  return Buffer.from(hkdfSync('sha256', secret, '', 'openfunction build exchange v1', 32));
}
