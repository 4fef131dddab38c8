/** The ticket's fields; all digests are `sha256:hex`. */
export interface Ticket {
  instance: string;
  functionUid: string;
  serving: string;
  generation: number;
  bundleDigest: string;
  assetsDigest: string;
  cacheDigest: string;
  settingsDigest: string;
  expiresAtMs: number;
  nonce: string;
}

/** What an instance must know to become this function. */
export interface Settings {
  functionNamespace?: string;
  functionName?: string;
  target: string;
  signature?: string;
  format?: 'cjs' | 'async-cjs';
  entry?: string;
  env?: Record<string, string>;
  concurrency?: number;
  /** 0 is no limit. */
  loadTimeoutMs?: number;
  /** 0 is no limit. */
  requestTimeoutMs?: number;
  files?: { path: string; content: string }[];
  clusterDomain?: string;
  internalSocket?: string;
}

export interface LoadResponse {
  loaded: boolean;
  code?: string;
  message?: string;
  /** What the code itself said when it failed: for the status of its function, never for callers. */
  detail?: string;
  compileMs?: number;
  runMs?: number;
  cacheAccepted?: boolean;
}

export type LoadErrorCode =
  | 'InvalidFrame'
  | 'InvalidTicket'
  | 'InvalidSettings'
  | 'DigestMismatch'
  | 'InvalidAssets'
  | 'TargetNotFound'
  | 'LoadFailed'
  | 'LoadTimeout'
  | 'NotSupported';

/** A load that was refused; the instance ends after answering it. */
export class LoadError extends Error {
  readonly code: LoadErrorCode;

  constructor(code: LoadErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The body of a load call: every part with its length before it, in the order of the protocol. */
export function encodeFrames(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

/** The parts of a load call's body; throws InvalidFrame when they are not exactly `count`. */
export function decodeFrames(body: Buffer, count: number): Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 4 <= body.length && parts.length < count) {
    const end = at + 4 + body.readUInt32BE(at);
    if (end > body.length) break;
    parts.push(body.subarray(at + 4, end));
    at = end;
  }
  if (parts.length !== count || at !== body.length)
    throw new LoadError('InvalidFrame', `The load call must hold exactly ${count} complete parts.`);
  return parts;
}
