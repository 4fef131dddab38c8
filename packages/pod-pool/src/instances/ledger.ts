/** What this scheduler has done with an instance. An instance without a stage is not known yet. */
export type Stage = 'Fresh' | 'Claimed' | 'Serving' | 'Ending';

const order: readonly Stage[] = ['Fresh', 'Claimed', 'Serving', 'Ending'];

/** The stage of every instance. It only goes forward, so nothing is given to two functions. */
export interface Ledger {
  stageOf(id: string): Stage | undefined;
  /** False, and nothing happens, unless the stage comes after the present one. */
  advance(id: string, to: Stage): boolean;
  /** For an instance that exists no more. */
  forget(id: string): void;
  entries(): Iterable<[string, Stage]>;
  clear(): void;
}

export function ledger(): Ledger {
  const stages = new Map<string, Stage>();
  return {
    stageOf: (id) => stages.get(id),
    advance: (id, to) => {
      const present = stages.get(id);
      if (present !== undefined && order.indexOf(to) <= order.indexOf(present)) return false;
      stages.set(id, to);
      return true;
    },
    forget: (id) => void stages.delete(id),
    entries: () => stages,
    clear: () => stages.clear(),
  };
}
