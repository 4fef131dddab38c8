import type { Artifacts } from '@openfunction/artifact';
import type { Clock } from '@openfunction/reconcile';
import { builderKind, isEndedBuild, keyOf, keyText, type Builder } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import type { Workloads } from '@openfunction/workload';
import { builderService, type BuilderService, type RunningBuilds } from './builder-service.ts';
import type { BuildResources } from './build-workload.ts';
import { strictRules, type SourceRules } from './fetch/source-rules.ts';
import { httpExchange, type HttpExchangeOptions } from './exchange/http-exchange.ts';
import { storeSecrets } from './secrets.ts';
import { forwardedService } from './uploads/forwarded-service.ts';
import { heldSources } from './uploads/held-sources.ts';
import { sourcesOf } from './uploads/sources.ts';

export interface BuilderOptions {
  /** Where Builders are seen to vanish, and the Secrets lie that they name. */
  store: Pick<Store, 'get' | 'list' | 'watch'>;
  workloads: Workloads;
  artifacts: Artifacts;
  /** How build instances get their source, and hand over what they made. */
  exchange: HttpExchangeOptions;
  clock: Clock;
  log: (message: string, fields: Record<string, unknown>) => void;
  /** What every build may use; default 1 CPU, 2Gi of memory, 4Gi of files. */
  resources?: BuildResources;
  /** Variables that every build instance gets; see build-main. Never credentials. */
  environment?: Record<string, string>;
  /** What builds may fetch from beyond what every build may; default nothing. */
  rules?: SourceRules;
  /** SSH hosts that are believed beside those of a build's own Secret: the text of a known_hosts file. */
  knownHosts?: string;
  /** Builds that run at one time; default 4. */
  atOnce?: number;
  /** Of them, those of one namespace; default as many. */
  atOncePerNamespace?: number;
  /** Where uploads wait for the build that names them, if credentials guard the store; without it, such a store takes none. */
  uploadsDir?: string;
  /** Where the logs of ended builds are kept; without it, the last ones in memory. */
  logDir?: string;
}

export interface StartedBuilder {
  /** builder.v1, for the platform. */
  service: BuilderService;
  /** builder.v1, for whoever may forward a port to it. */
  forwarded: BuilderService;
  /** Lets go of the builds, which run on and are found again. */
  close(): Promise<void>;
}

const resyncMs = 60_000;
const retryMs = 2_000;

/** Builds what it is asked to, finds the builds of an earlier process again, and ends those whose Builder is gone. */
export async function startBuilder(options: BuilderOptions): Promise<StartedBuilder> {
  const { store, workloads, clock, log } = options;
  const exchange = await httpExchange(options.exchange);
  const builds = builderService({
    workloads,
    artifacts: options.artifacts,
    exchange,
    sources: sourcesOf(
      options.artifacts,
      options.uploadsDir === undefined ? undefined : heldSources({ dir: options.uploadsDir, now: () => clock.now() }),
    ),
    secrets: storeSecrets(store, { knownHosts: options.knownHosts }),
    rules: options.rules ?? strictRules,
    clock,
    environment: options.environment ?? {},
    resources: options.resources ?? { cpu: '1', memory: '2Gi', ephemeralStorage: '4Gi' },
    atOnce: options.atOnce ?? 4,
    atOncePerNamespace: options.atOncePerNamespace ?? options.atOnce ?? 4,
    logDir: options.logDir,
    log,
  });
  const ended = new AbortController();
  const { signal } = ended;

  const attempt = async (): Promise<void> => {
    // Seen before the list: a build that begins later is of a Builder that the list may not know yet.
    const before = builds.running();
    const { items, resourceVersion } = await store.list(builderKind);
    const known = new Set(items.map(({ metadata }) => metadata.uid));
    for (const [uid, request] of before) if (!known.has(uid)) await builds.service.cancel(request);
    await relearn(workloads, builds, items);
    await exchange.keepOnly(() => new Set(builds.running().keys()));
    const round = AbortSignal.any([signal, afterMs(clock, resyncMs)]);
    for await (const event of store.watch(builderKind, { resourceVersion, signal: round }))
      if (event.type === 'DELETED') await cancel(builds, event.object);
  };
  const following = (async () => {
    while (!signal.aborted) {
      await attempt().catch((error: unknown) => {
        if (!signal.aborted) log('Following Builders failed and is tried again', { error });
      });
      if (!signal.aborted) await Promise.race([aborted(afterMs(clock, retryMs)), aborted(signal)]);
    }
  })();
  return {
    service: builds.service,
    forwarded: forwardedService(builds.service),
    close: async () => {
      ended.abort();
      await builds.close();
      await exchange.close();
      await following;
    },
  };
}

/** Instances that an earlier process started: each is of a Builder that still waits for it, or of nobody. */
async function relearn(workloads: Workloads, builds: RunningBuilds, builders: Builder[]): Promise<void> {
  const waiting = new Map(builders.filter(isWaiting).map((each) => [each.metadata.uid, each]));
  for (const { owner, workload } of await workloads.list()) {
    if (owner?.kind !== 'Builder' || builds.running().has(owner.uid)) continue;
    const builder = waiting.get(owner.uid);
    if (builder === undefined) await workloads.remove(workload);
    else builds.begin({ builder: keyText(keyOf(builder)), uid: owner.uid, specJson: JSON.stringify(builder.spec) });
  }
}

async function cancel(builds: RunningBuilds, { metadata }: Builder): Promise<void> {
  const request = builds.running().get(metadata.uid ?? '');
  if (request !== undefined) await builds.service.cancel(request);
}

function isWaiting({ spec, status }: Builder): boolean {
  return spec.state !== 'Cancelled' && !isEndedBuild(status?.state);
}

function afterMs(clock: Clock, ms: number): AbortSignal {
  const timer = new AbortController();
  clock.setTimeout(() => timer.abort(), ms);
  return timer.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
