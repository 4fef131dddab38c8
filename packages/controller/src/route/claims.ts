import { madeHosts } from './made-hosts.ts';
import type { Conditions, ValueMatch } from './messages.ts';
import type { PlannedEntry } from './plan.ts';

/** A host and path that another Function had first. */
export interface Conflict {
  entry: PlannedEntry;
  /** namespace/name of the Function that has it. */
  owner: string;
}

export interface Claimant {
  /** namespace/name. */
  id: string;
  createdAt: string;
  entries: readonly PlannedEntry[];
  /** Whether it chose these hosts itself. */
  chosen: boolean;
}

export interface RouteClaims {
  /** What it does not get of what it asks for. Functions that gain or lose by it are reported to `onChange`. */
  claim(claimant: Claimant): Conflict[];
  /** It asks for nothing any more. */
  release(id: string): void;
  ids(): Iterable<string>;
}

type Rank = Pick<Claimant, 'id' | 'createdAt' | 'chosen'>;

/** A name that was made for a Function is its own; of those who chose one, the oldest has it. */
function isBefore(left: Rank, right: Rank): boolean {
  if (left.chosen !== right.chosen) return right.chosen;
  if (left.createdAt !== right.createdAt) return left.createdAt < right.createdAt;
  return left.id < right.id;
}

const hostOf = ({ host, internal }: PlannedEntry): string => `${internal ? 'in' : 'out'} ${host}`;
/** Requests that differ in a header, a parameter or the method may be for different Functions. */
const slotOf = ({ host, path, internal, rule }: PlannedEntry): string => {
  const conditions = rule === undefined ? '' : conditionsText(rule);
  return `${internal ? 'in' : 'out'} ${host} ${path.type} ${path.value}${conditions}`;
};

function conditionsText({ headers, queryParams, method }: Conditions): string {
  if (headers.length + queryParams.length === 0 && method === '') return '';
  const sorted = (list: readonly ValueMatch[]): string[] => list.map((each) => JSON.stringify(Object.values(each))).toSorted();
  return ` ${JSON.stringify([sorted(headers), sorted(queryParams), method])}`;
}

/** Who has which host and path. Equal claims in any order give equal owners. */
export function routeClaims(onChange: (id: string) => void): RouteClaims {
  const slots = new Map<string, Map<string, Rank>>();
  const claimed = new Map<string, { rank: Rank; slots: ReadonlySet<string> }>();
  const hosts = madeHosts(onChange);

  function ownerOf(slot: string): Rank | undefined {
    return slots
      .get(slot)
      ?.values()
      .reduce((first, next) => (isBefore(next, first) ? next : first));
  }
  function change(slot: string, id: string, act: (ranks: Map<string, Rank>) => void): void {
    const before = ownerOf(slot)?.id;
    const ranks = slots.get(slot) ?? new Map<string, Rank>();
    act(ranks);
    if (ranks.size === 0) slots.delete(slot);
    else slots.set(slot, ranks);
    const after = ownerOf(slot)?.id;
    if (before === after) return;
    for (const each of [before, after]) if (each !== undefined && each !== id) onChange(each);
  }
  function leave(slot: string, id: string): void {
    change(slot, id, (ranks) => void ranks.delete(id));
  }

  return {
    claim: ({ id, createdAt, entries, chosen }) => {
      const rank = { id, createdAt, chosen };
      const wanted = new Map(entries.map((entry) => [slotOf(entry), entry]));
      const before = claimed.get(id);
      for (const slot of before?.slots ?? []) if (!wanted.has(slot)) leave(slot, id);
      const isSame = before !== undefined && before.rank.createdAt === createdAt && before.rank.chosen === chosen;
      for (const slot of wanted.keys()) if (!isSame || !before.slots.has(slot)) change(slot, id, (ranks) => void ranks.set(id, rank));
      claimed.set(id, { rank, slots: new Set(wanted.keys()) });
      hosts.claim({ id, chosen }, new Set(entries.map(hostOf)));
      return [...wanted].flatMap(([slot, entry]) => {
        const owner = (chosen ? hosts.foreignOwner(id, hostOf(entry)) : undefined) ?? ownerOf(slot)?.id ?? id;
        return owner === id ? [] : [{ entry, owner }];
      });
    },
    release: (id) => {
      for (const slot of claimed.get(id)?.slots ?? []) leave(slot, id);
      claimed.delete(id);
      hosts.claim({ id, chosen: true }, new Set());
    },
    ids: () => claimed.keys(),
  };
}
