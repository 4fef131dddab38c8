import type { Command } from './command.ts';

interface Entry {
  summary: string;
  load(): Promise<{ command: Command }>;
}

/** Every command by its name, in the order of `ofn --help`. Only the one that runs is loaded. */
export const commands: Readonly<Record<string, Entry>> = {
  up: { summary: 'Start OpenFunction on this machine', load: () => import('./commands/up.ts') },
  down: { summary: 'End what `ofn up` started', load: () => import('./commands/down.ts') },
  doctor: { summary: 'Say what works on this machine, and what to do about the rest', load: () => import('./commands/doctor.ts') },
};
