import path from 'node:path';
import { buildProgram } from '@openfunction/builder';
import { runnerEntry, runnerFlags } from '@openfunction/functions-framework/runner';
import { localWorkloads, type ImageSource, type LocalWorkloads } from '@openfunction/local';
import type { BuildSources } from './build-sources.ts';
import type { DataFolder } from './data-folder.ts';

/** Of Dapr's SDKs, which are told of no other. */
const daprGrpcPort = 50_001;

/** Runs instances as processes of this machine, and finds those that an earlier control process left. */
export function startWorkloads(options: {
  folder: DataFolder;
  /** Folders where bubblewrap is looked for. */
  searchPath?: string;
  buildEnvironment?: Record<string, string>;
  sources?: BuildSources;
  /** Where images come from; without it none is run. */
  images?: ImageSource;
  /** Where functions reach the API of their building blocks; images do by the same port of their own loopback. */
  messagingPort?: number;
  log: (message: string, fields: Record<string, unknown>) => void;
}): LocalWorkloads {
  const isSource = runnerEntry.endsWith('.ts');
  const build = buildProgram();
  const certificates = options.buildEnvironment?.['NODE_EXTRA_CA_CERTS'];
  return localWorkloads({
    dir: options.folder.workloads,
    runtimes: {
      node: {
        command: process.execPath,
        args: isSource ? ['--conditions=@openfunction/source', runnerEntry] : [runnerEntry],
        limitArgs: runnerFlags,
      },
      build: {
        command: process.execPath,
        args: build.args,
        readOnlyPaths: [
          ...build.readOnlyPaths,
          ...(certificates === undefined ? [] : [certificates]),
          ...(options.sources?.rules.folders ?? []),
        ],
        sharedFolders: [path.dirname(options.folder.buildSocket)],
        startsPrograms: true,
      },
    },
    sandbox: 'auto',
    readOnlyPaths: [path.resolve(path.dirname(runnerEntry), '..', '..')],
    internalSocket: options.folder.internalSocket,
    searchPath: options.searchPath,
    images: options.images,
    doors:
      options.messagingPort === undefined
        ? []
        : [
            { port: options.messagingPort, socket: options.folder.daprHttpSocket },
            { port: daprGrpcPort, socket: options.folder.daprGrpcSocket },
          ],
    log: options.log,
  });
}
