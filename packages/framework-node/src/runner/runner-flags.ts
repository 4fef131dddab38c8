// In MiB. A large module makes much while it loads that dies at once: with less room V8 collects four times meanwhile.
const youngMiB = 4;

/**
 * Flags of Node for an instance: its heap ends below the memory limit, so that a leak ends in V8's own out-of-memory
 * error. Code caches made without these flags stay good.
 */
export function runnerFlags(limits: { memoryBytes?: number } = {}): string[] {
  const young = `--min-semi-space-size=${youngMiB}`;
  if (limits.memoryBytes === undefined) return [young];
  // Code, stacks and buffers need the rest.
  return [young, `--max-old-space-size=${Math.max(16, Math.floor((limits.memoryBytes * 0.75) / 2 ** 20))}`];
}
