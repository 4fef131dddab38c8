/** The most of what was decided within a time, to the granularity of Knative's decisions; a value. */
export interface MaxWindow {
  /** As if it was told that too. */
  add(now: number, value: number, ms: number): MaxWindow;
  /** 0 when nothing was added. */
  most(): number;
}

const granularityMs = 2000;

interface Entry {
  step: number;
  value: number;
}

function of(entries: readonly Entry[]): MaxWindow {
  return {
    most: () => entries.reduce((most, { value }) => Math.max(most, value), 0),
    add: (now, value, ms) => {
      const step = Math.floor(now / granularityMs);
      const oldest = step - Math.ceil(ms / granularityMs) + 1;
      // What a later one exceeds can never be the most again.
      const kept = entries.filter((entry) => entry.step >= oldest && entry.value > value);
      return of([...kept, { step, value }]);
    },
  };
}

/** Nothing yet. */
export const maxWindow: MaxWindow = of([]);
