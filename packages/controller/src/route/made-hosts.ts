/** Hosts that were made for Functions: nobody of another namespace gets a path of them, not even one that is free. */
export interface MadeHosts {
  claim(claimant: { id: string; chosen: boolean }, hosts: ReadonlySet<string>): void;
  /** The Function of another namespace that the host was made for. */
  foreignOwner(id: string, host: string): string | undefined;
}

const namespaceOf = (id: string): string => id.slice(0, id.indexOf('/'));

export function madeHosts(onChange: (id: string) => void): MadeHosts {
  const madeFor = new Map<string, Set<string>>();
  const chosenBy = new Map<string, Set<string>>();
  const claimed = new Map<string, { chosen: boolean; hosts: ReadonlySet<string> }>();

  function change(host: string, { id, chosen }: { id: string; chosen: boolean }, act: 'add' | 'delete'): void {
    const all = chosen ? chosenBy : madeFor;
    const ids = all.get(host) ?? new Set();
    if (ids.has(id) === (act === 'add')) return;
    ids[act](id);
    if (ids.size === 0) all.delete(host);
    else all.set(host, ids);
    if (!chosen) for (const other of chosenBy.get(host) ?? []) if (namespaceOf(other) !== namespaceOf(id)) onChange(other);
  }
  return {
    claim: ({ id, chosen }, hosts) => {
      const before = claimed.get(id);
      for (const host of before?.hosts ?? [])
        if (before?.chosen !== chosen || !hosts.has(host)) change(host, { id, chosen: before?.chosen ?? chosen }, 'delete');
      for (const host of hosts) change(host, { id, chosen }, 'add');
      if (hosts.size === 0) claimed.delete(id);
      else claimed.set(id, { chosen, hosts });
    },
    foreignOwner: (id, host) => {
      const others = [...(madeFor.get(host) ?? [])].filter((other) => namespaceOf(other) !== namespaceOf(id));
      return others.toSorted()[0];
    },
  };
}
