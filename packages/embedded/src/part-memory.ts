import type { PartProgram } from './part.ts';

/** How a part's process is started so that it takes little memory: flags of Node, and its environment. */
export interface PartMemory {
  flags: readonly string[];
  env: Readonly<Record<string, string>>;
}

// Each thread that allocates gets a heap of its own from glibc otherwise: megabytes that never come back.
const env = { MALLOC_ARENA_MAX: '1' };

/**
 * Of each program. Starting fills whatever room for young objects there is, and it stays. All collect when they are idle,
 * for which V8 has to be asked.
 */
export const partMemory: Readonly<Record<PartProgram, PartMemory>> = {
  control: { flags: ['--max-semi-space-size=2', '--expose-gc'], env },
  gateway: { flags: ['--max-semi-space-size=4', '--expose-gc'], env },
  events: { flags: ['--max-semi-space-size=4', '--expose-gc'], env },
};
