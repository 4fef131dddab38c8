import { turns } from './turns.ts';

export interface BuildTurns {
  /** Builds that run at one time. */
  atOnce: number;
  /** Of them, those of one namespace. */
  perNamespace: number;
}

/** Whose turn it is to build: a namespace that asks for much does not keep the others waiting. */
export function buildTurns({ atOnce, perNamespace }: BuildTurns): (namespace: string, signal: AbortSignal) => Promise<() => void> {
  const all = turns(atOnce);
  const namespaces = new Map<string, { take: ReturnType<typeof turns>; users: number }>();
  return async (namespace, signal) => {
    const own = namespaces.get(namespace) ?? { take: turns(perNamespace), users: 0 };
    namespaces.set(namespace, own);
    own.users += 1;
    const leave = (): void => {
      own.users -= 1;
      if (own.users === 0) namespaces.delete(namespace);
    };
    try {
      const endOwn = await own.take(signal);
      try {
        const endAll = await all(signal);
        let isOver = false;
        return () => {
          if (isOver) return;
          isOver = true;
          endAll();
          endOwn();
          leave();
        };
      } catch (error) {
        endOwn();
        throw error;
      }
    } catch (error) {
      leave();
      throw error;
    }
  };
}
