import type { Transport } from '@openfunction/protocol';

/** What a command needs beside the Kubernetes API, and which differs from ground to ground. */
export interface Ground {
  /** The registry and path that images of functions get when none is given; undefined: one must be given. */
  readonly imagePrefix: string | undefined;
  /** builder.v1. */
  builder(signal: AbortSignal): Promise<Transport>;
  /** What people may ask of pool.v1. */
  pool(signal: AbortSignal): Promise<Transport>;
  /** Where the gateway takes requests from outside. */
  gateway(signal: AbortSignal): Promise<{ host: string; port: number }>;
  /** A function's URL as a browser on this machine reaches it: its status does not know the gateway's port. */
  publicUrl(url: URL): URL;
  close(): Promise<void>;
}
