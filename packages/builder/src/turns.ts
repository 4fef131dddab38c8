/** At most so many at one time, in the order they asked. The answer ends one's turn. */
export function turns(atOnce: number): (signal: AbortSignal) => Promise<() => void> {
  let free = atOnce;
  const waiting = new Set<() => void>();
  const end = (): void => {
    free += 1;
    const [next] = waiting;
    next?.();
  };
  return (signal) =>
    new Promise((resolve, reject) => {
      const begin = (): void => {
        waiting.delete(begin);
        signal.removeEventListener('abort', give);
        free -= 1;
        let isOver = false;
        resolve(() => {
          if (!isOver) end();
          isOver = true;
        });
      };
      const give = (): void => {
        waiting.delete(begin);
        reject(signal.reason as Error);
      };
      if (signal.aborted) return give();
      if (free > 0) return begin();
      waiting.add(begin);
      signal.addEventListener('abort', give, { once: true });
    });
}
