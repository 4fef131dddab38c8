import { mkdirSync } from 'node:fs';
import path from 'node:path';

/** Where one embedded platform keeps everything. All paths are absolute. */
export interface DataFolder {
  root: string;
  database: string;
  artifacts: string;
  workloads: string;
  /** gRPC between control, gateway and `ofn`. */
  controlSocket: string;
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
  token: string;
  kubeconfig: string;
  /** What runs and where, for `ofn`. */
  state: string;
  logs: string;
}

/** Names the files below `root`, and makes the folder for its owner alone. */
export function dataFolder(root: string): DataFolder {
  const at = (name: string): string => path.join(root, name);
  mkdirSync(at('run'), { recursive: true, mode: 0o700 });
  mkdirSync(at('logs'), { recursive: true, mode: 0o700 });
  return {
    root,
    database: at('state.sqlite'),
    artifacts: at('artifacts'),
    workloads: at('workloads'),
    controlSocket: at('run/control.sock'),
    internalSocket: at('run/internal.sock'),
    buildSocket: at('run/build.sock'),
    builds: at('builds'),
    routesCopy: at('run/routes.json'),
    certificate: at('tls.crt'),
    certificateKey: at('tls.key'),
    ticketKey: at('ticket.key'),
    token: at('token'),
    kubeconfig: at('kubeconfig'),
    state: at('run/state.json'),
    logs: at('logs'),
  };
}
