import { isMap } from '../plain.ts';
import { childrenOf, type Child, type MergeSchema } from './merge-schema.ts';

/**
 * The elements of both lists: what both have in the order of `applied`, and what only `live` has where it stood
 * relative to what was before it.
 */
function mergedOrder(live: readonly string[], applied: readonly string[]): string[] {
  const [known, wanted] = [new Set(live), new Set(applied)];
  const shared = applied.filter((step) => known.has(step));
  const order: string[] = [];
  const done = new Set<string>();
  let [l, r, s] = [0, 0, 0];
  while (l < live.length || r < applied.length) {
    const [mine, theirs] = [live[l], applied[r]];
    if (mine !== undefined && theirs !== undefined && mine === theirs) {
      order.push(mine);
      done.add(mine);
      [l, r, s] = [l + 1, r + 1, s + 1];
    } else if (mine !== undefined && (!wanted.has(mine) || done.has(mine) || (theirs !== undefined && shared[s] !== mine))) {
      // One that is due later, or was already taken in the order of the other list, is not taken here.
      if (!wanted.has(mine)) order.push(mine);
      l += 1;
    } else if (theirs !== undefined) {
      order.push(theirs);
      done.add(theirs);
      if (shared[s] === theirs) s += 1;
      r += 1;
    } else l += 1;
  }
  return order;
}

function mergeChild(live: Child | undefined, applied: Child | undefined): unknown {
  if (applied === undefined) return live?.value;
  return live === undefined ? applied.value : mergeValues(live.value, applied.value, applied.schema);
}

/** `applied` laid over `live`: fields and elements that only one has stay, leaves are those of `applied`. */
export function mergeValues(live: unknown, applied: unknown, schema: MergeSchema | undefined): unknown {
  const [old, wanted] = [childrenOf(live, schema), childrenOf(applied, schema)];
  if (old === undefined || wanted === undefined || Array.isArray(live) !== Array.isArray(applied)) return applied;
  if (isMap(applied)) {
    const steps = [...new Set([...old.keys(), ...wanted.keys()])];
    return Object.fromEntries(steps.map((step) => [step.slice(2), mergeChild(old.get(step), wanted.get(step))]));
  }
  return mergedOrder([...old.keys()], [...wanted.keys()]).map((step) => mergeChild(old.get(step), wanted.get(step)));
}
