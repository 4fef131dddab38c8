/**
 * Flags of Node for an instance: its heap ends below the memory limit, so that a leak ends in V8's own out-of-memory
 * error. Code caches made without these flags stay good. A smaller young generation would not make an idle instance
 * smaller, and a busy one slower.
 */
export function runnerFlags(limits: { memoryBytes?: number } = {}): string[] {
  if (limits.memoryBytes === undefined) return [];
  // Code, stacks and buffers need the rest.
  return [`--max-old-space-size=${Math.max(16, Math.floor((limits.memoryBytes * 0.75) / 2 ** 20))}`];
}
