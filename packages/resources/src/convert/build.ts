import { build } from '../schema/build.ts';
import { olderBuild } from '../schema/v1beta1.ts';
import { compact, fieldOf, filled, isMap, mapOf, mapsOf, picked, type JsonMap } from './json.ts';

const strategyFields = ['strategy', 'timeout'];
/** Said alike by both versions. */
export const alikeInBuild: readonly string[] = Object.keys(build.shape).filter((name) => name !== 'shipwright' && name in olderBuild.shape);

/** v1beta1 has `params` beside `shipwright`, as a map. */
export function buildToStored(older: unknown): unknown {
  if (!isMap(older)) return older;
  const params = Object.entries(mapOf(fieldOf(older, 'params'))).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const shipwright = {
    ...picked(mapOf(fieldOf(older, 'shipwright')), strategyFields),
    params: filled(params.map(([name, value]) => ({ name, value }))),
  };
  return compact({ ...picked(older, alikeInBuild), shipwright: filled(compact(shipwright)) });
}

export function buildFromStored(stored: unknown): unknown {
  if (!isMap(stored)) return stored;
  const shipwright = mapOf(fieldOf(stored, 'shipwright'));
  return compact({
    ...picked(stored, alikeInBuild),
    shipwright: filled(picked(shipwright, strategyFields)),
    params: filled(plainParams(mapsOf(fieldOf(shipwright, 'params')))),
  });
}

/** Those that v1beta1 can hold: one text each. */
function plainParams(params: readonly JsonMap[]): JsonMap {
  const plain = params.filter(({ name, value }) => typeof name === 'string' && typeof value === 'string');
  return Object.fromEntries(plain.map(({ name, value }) => [String(name), value]));
}
