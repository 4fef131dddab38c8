/** Which Functions name other namespaces, so that a change of what is granted there reaches them at once. */
export interface GrantReaders {
  /** The namespaces that a Function names now. */
  reads(id: string, namespaces: readonly string[]): void;
  /** The Functions that name a namespace. */
  of(namespace: string): string[];
  all(): string[];
}

export function grantReaders(): GrantReaders {
  const named = new Map<string, readonly string[]>();
  return {
    reads: (id, namespaces) => {
      if (namespaces.length === 0) named.delete(id);
      else named.set(id, namespaces);
    },
    // Mirrors to other namespaces are rare: a look through those few costs less than an index of both ways.
    of: (namespace) => [...named].filter(([, namespaces]) => namespaces.includes(namespace)).map(([id]) => id),
    all: () => [...named.keys()],
  };
}
