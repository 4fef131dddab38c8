import { BuildError } from '../build-error.ts';

/** Counts what a repository sends: what it declares is never believed. */
export interface TransferLimit {
  /** Throws BuildError when it is more than it may be, or more than `part` where that is given. */
  count(bytes: number, part?: { seen: number; most: number }): void;
  /** What it threw: the library in between says it in other words. */
  readonly refusal: BuildError | undefined;
}

export function transferLimit(maxBytes: number): TransferLimit {
  let left = maxBytes;
  let refusal: BuildError | undefined;
  return {
    count: (bytes, part) => {
      left -= bytes;
      if (left >= 0 && (part === undefined || part.seen <= part.most)) return;
      const most = Math.min(maxBytes, part?.most ?? maxBytes);
      refusal = new BuildError('SourceRefused', `The repository sends more than ${most} bytes. Send the source with ofn deploy instead.`);
      throw refusal;
    },
    get refusal() {
      return refusal;
    },
  };
}
