export type JsonMap = Record<string, unknown>;

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as a map; empty when it is none. */
export function mapOf(value: unknown): JsonMap {
  return isMap(value) ? value : {};
}

/** The maps of a list; none when it is no list. */
export function mapsOf(value: unknown): JsonMap[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}

/** A field of its own, never one that every object inherits. */
export function fieldOf(map: JsonMap, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

export function picked(map: JsonMap, names: readonly string[]): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([name]) => names.includes(name)));
}

/** Without fields that are undefined. */
export function compact(map: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined));
}

/** The list or map, or undefined when there is nothing in it. */
export function filled<T extends JsonMap | unknown[]>(value: T): T | undefined {
  return Object.keys(value).length > 0 ? value : undefined;
}
