import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { EmbeddedError } from './embedded-error.ts';

/** Where one embedded platform keeps everything. All paths are absolute. */
export interface DataFolder {
  root: string;
  database: string;
  artifacts: string;
  workloads: string;
  /** The files of images that are no function modules. */
  images: string;
  /** gRPC between control, gateway and `ofn`. */
  controlSocket: string;
  /** bus.v1, of the part that brings functions their messages. */
  eventsSocket: string;
  /** The API of building blocks, for images. */
  daprHttpSocket: string;
  daprGrpcSocket: string;
  /** Where `ofn up` answers as long as it runs. */
  upSocket: string;
  /** The gateway's internal listener, for cluster-local calls. */
  internalSocket: string;
  /** Where builds get their source and hand over what they made. */
  buildSocket: string;
  /** Outputs of builds that were not taken over yet. */
  builds: string;
  routesCopy: string;
  certificate: string;
  certificateKey: string;
  ticketKey: string;
  /** Of the tokens that functions and their runtime of building blocks show each other. */
  messagesKey: string;
  token: string;
  kubeconfig: string;
  /** What runs and where, for `ofn`. */
  state: string;
  logs: string;
}

const longestSocketPath = 103;

/** One folder after the other: below `/proc`, where none can be made, Node's own recursion never ends. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Somebody else may have made it just then.
    if (!existsSync(folder)) throw error;
  }
}

/** Names the files below `root`, and makes the folder for its owner alone. */
export function dataFolder(root: string): DataFolder {
  if (Buffer.byteLength(path.join(root, 'run/gateway/internal.sock')) > longestSocketPath) {
    throw new EmbeddedError(
      'DataFolderUnusable',
      `${root} cannot keep the platform's data: a socket in it would have a longer path than the system allows. Give a folder with a shorter path.`,
    );
  }
  const at = (name: string): string => path.join(root, name);
  try {
    for (const part of ['', 'run/gateway', 'run/builder', 'logs']) makeFolder(at(part));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EmbeddedError('DataFolderUnusable', `${root} cannot keep the platform's data: ${why}. Give a folder that you may write.`, {
      cause,
    });
  }
  return {
    root,
    database: at('state.sqlite'),
    artifacts: at('artifacts'),
    workloads: at('workloads'),
    images: at('images'),
    controlSocket: at('run/control.sock'),
    eventsSocket: at('run/events.sock'),
    daprHttpSocket: at('run/dapr-http.sock'),
    daprGrpcSocket: at('run/dapr-grpc.sock'),
    upSocket: at('run/up.sock'),
    internalSocket: at('run/gateway/internal.sock'),
    buildSocket: at('run/builder/build.sock'),
    builds: at('builds'),
    routesCopy: at('run/routes.json'),
    certificate: at('tls.crt'),
    certificateKey: at('tls.key'),
    ticketKey: at('ticket.key'),
    messagesKey: at('messages.key'),
    token: at('token'),
    kubeconfig: at('kubeconfig'),
    state: at('run/state.json'),
    logs: at('logs'),
  };
}

/** Opens data of the folder; what cannot be opened, such as data of a later version, is the folder's fault and says so. */
export function readable<T>(open: () => T): T {
  try {
    return open();
  } catch (cause) {
    throw new EmbeddedError('DataFolderUnusable', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
