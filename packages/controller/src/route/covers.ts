/** Whether an object has everything that is wanted of it; what a server added beside does not count. */
export function covers(present: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(present) && present.length === wanted.length && wanted.every((each, at) => covers(present[at], each));
  if (typeof wanted !== 'object' || wanted === null) return present === wanted;
  if (typeof present !== 'object' || present === null) return false;
  return Object.entries(wanted).every(([name, value]) => covers((present as Record<string, unknown>)[name], value));
}
