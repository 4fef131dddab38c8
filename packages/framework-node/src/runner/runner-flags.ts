/**
 * Flags of Node for an instance. The young generation is small, since many instances idle; the heap ends below the
 * memory limit, so that a leak ends in V8's own out-of-memory error. Code caches made without these flags stay good.
 */
export function runnerFlags(limits: { memoryBytes?: number } = {}): string[] {
  const flags = ['--max-semi-space-size=2'];
  if (limits.memoryBytes === undefined) return flags;
  // Code, stacks and buffers need the rest.
  const heapMiB = Math.max(16, Math.floor((limits.memoryBytes * 0.75) / 2 ** 20));
  return [...flags, `--max-old-space-size=${heapMiB}`];
}
