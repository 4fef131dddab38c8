/** Equality of JSON values; neither the order of keys nor keys without a value count. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (Array.isArray(left)) {
    return Array.isArray(right) && left.length === right.length && left.every((each, index) => sameJson(each, right[index]));
  }
  if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null || Array.isArray(right))
    return left === right;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => sameJson(own(left, key), own(right, key)));
}

function own(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;
}
