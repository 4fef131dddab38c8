/** How far one partition has been read and handled, whatever the order in which handlers end. */
export interface PartitionProgress {
  /** The offset at which reading goes on. */
  readonly next: bigint;
  /** Everything below it is done. */
  readonly doneBelow: bigint;
  /** Notes that a message was read; false for one that was read before. */
  take(offset: bigint): boolean;
  done(offset: bigint): void;
}

export function partitionProgress(start: bigint): PartitionProgress {
  let next = start;
  /** Read and not below `doneBelow`, in their order: a Map keeps it. */
  const taken = new Map<bigint, boolean>();

  function forget(): void {
    for (const [offset, isDone] of taken) {
      if (!isDone) return;
      taken.delete(offset);
    }
  }

  return {
    get next() {
      return next;
    },
    get doneBelow() {
      return taken.keys().next().value ?? next;
    },
    take: (offset) => {
      if (offset < next) return false;
      next = offset + 1n;
      taken.set(offset, false);
      return true;
    },
    done: (offset) => {
      if (!taken.has(offset)) return;
      taken.set(offset, true);
      forget();
    },
  };
}
