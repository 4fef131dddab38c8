/** Tells when each of the Functions that were there at the start has been decided on once. */
export interface FirstDecisions {
  readonly all: Promise<void>;
  /** Those that were there; only the first call counts. */
  expect(ids: readonly string[]): void;
  /** One was decided on, or could not be: a Function that fails again and again keeps nobody waiting. */
  made(id: string): void;
}

export function firstDecisions(): FirstDecisions {
  const { promise, resolve } = Promise.withResolvers<void>();
  const early = new Set<string>();
  let awaited: Set<string> | undefined;
  return {
    all: promise,
    expect: (ids) => {
      if (awaited !== undefined) return;
      awaited = new Set(ids.filter((id) => !early.has(id)));
      if (awaited.size === 0) resolve();
    },
    made: (id) => {
      if (awaited === undefined) early.add(id);
      else if (awaited.delete(id) && awaited.size === 0) resolve();
    },
  };
}
