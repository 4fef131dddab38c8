import type { Artifacts } from '@openfunction/artifact';
import { buildLogs, type LogName } from './build-logs.ts';
import { BuildRun, type BuildRequest, type BuildResponse } from './build-run.ts';
import { buildTurns } from './build-turns.ts';
import { workloadKey } from './build-workload.ts';
import { performBuild, type BuildGround } from './perform-build.ts';
import { receiveSource, type UploadMessage } from './uploads/receive-source.ts';
import type { Sources } from './uploads/sources.ts';
import { turns } from './turns.ts';

export interface BuilderServiceOptions extends Omit<BuildGround, 'turn' | 'handling' | 'leaving'> {
  artifacts: Artifacts;
  /** Where uploads are kept. */
  sources: Sources;
  /** Builds that run at one time; the others are Pending. */
  atOnce: number;
  /** Of them, those of one namespace. */
  atOncePerNamespace: number;
  log: (message: string, fields: Record<string, unknown>) => void;
  /** Where the logs of ended builds are kept; without it, the last ones in memory. */
  logDir?: string;
}

/** builder.v1. */
export interface BuilderService {
  build(request: BuildRequest, signal: AbortSignal): AsyncIterable<BuildResponse>;
  cancel(request: { builder: string; uid: string }): Promise<{ log: string }>;
  log(request: LogName, signal: AbortSignal): AsyncIterable<{ atMs: number; text: string }>;
  upload(requests: AsyncIterable<UploadMessage>, signal: AbortSignal): Promise<{ image: string }>;
}

export interface RunningBuilds {
  service: BuilderService;
  /** Starts a build, or finds it again. */
  begin(request: BuildRequest): void;
  /** The Builders whose builds run, by uid. */
  running(): ReadonlyMap<string, BuildRequest>;
  /** Lets go of the builds, which run on. */
  close(): Promise<void>;
}

/** So many ended builds are remembered, for whoever asks for their result again. */
const remembered = 200;
/** Each is held in memory until it is whole. */
const uploadsAtOnce = 2;

/** A second request for a build follows the first; another uid under the same name ends the older one. */
export function builderService(options: BuilderServiceOptions): RunningBuilds {
  const runs = new Map<string, BuildRun>();
  const performing = new Set<Promise<void>>();
  const leaving = new AbortController();
  const logs = buildLogs({ dir: options.logDir, now: () => options.clock.now() });
  const handling = turns(1);
  const ground: BuildGround = {
    ...options,
    turn: buildTurns({ atOnce: options.atOnce, perNamespace: options.atOncePerNamespace }),
    handling,
    leaving: leaving.signal,
  };
  const uploading = turns(uploadsAtOnce);

  const begin = (request: BuildRequest): BuildRun => {
    const known = runs.get(request.builder);
    if (known?.request.uid === request.uid) return known;
    known?.cancelled.abort();
    const run = new BuildRun(request, logs.open(request), options.clock.now());
    runs.delete(request.builder);
    runs.set(request.builder, run);
    const performed = performBuild(ground, run)
      .then(() => logs.end(request, run.log))
      // A full disk costs the log, never the process.
      .catch((error: unknown) => options.log('The log of a build could not be kept', { builder: request.builder, error }))
      .finally(() => performing.delete(performed));
    performing.add(performed);
    forgetOldest(runs);
    return run;
  };

  const service: BuilderService = {
    build: (request, signal) => begin(request).follow(AbortSignal.any([signal, leaving.signal])),
    cancel: async (request) => {
      const run = runs.get(request.builder);
      if (run?.request.uid === request.uid) return { log: run.cancel() };
      // A build that was not found again yet is ended all the same.
      await options.workloads.remove(workloadKey(request));
      return { log: '' };
    },
    log: async function* (name, signal) {
      const log = await logs.find(name);
      if (log !== undefined) yield* log.follow(AbortSignal.any([signal, leaving.signal]));
    },
    upload: async (requests, signal) => {
      const done = await uploading(signal);
      try {
        return await receiveSource(options.sources, requests);
      } finally {
        done();
      }
    },
  };

  return {
    service,
    begin: (request) => void begin(request),
    running: () => new Map([...runs.values()].filter((run) => !run.isOver).map(({ request }) => [request.uid, request])),
    close: async () => {
      leaving.abort();
      for (const run of runs.values()) run.cancelled.abort();
      await Promise.all(performing);
    },
  };
}

function forgetOldest(runs: Map<string, BuildRun>): void {
  for (const [builder, run] of runs) {
    if (runs.size <= remembered) return;
    if (run.isOver) runs.delete(builder);
  }
}
