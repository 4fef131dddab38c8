import type { Command } from './command.ts';

interface Entry {
  summary: string;
  load(): Promise<{ command: Command }>;
}

/** Every command by its name, in the order of `ofn --help`. Only the one that runs is loaded. */
export const commands: Readonly<Record<string, Entry>> = {
  up: { summary: 'Start OpenFunction on this machine', load: () => import('./commands/up.ts') },
  init: { summary: 'Begin a function in a new folder', load: () => import('./commands/init.ts') },
  dev: { summary: 'Run a function from its folder, and take over each saved change', load: () => import('./commands/dev.ts') },
  deploy: { summary: 'Build a function from a folder or a repository, and run it', load: () => import('./commands/deploy.ts') },
  invoke: { summary: 'Call a function', load: () => import('./commands/invoke.ts') },
  logs: { summary: 'Print what a function wrote', load: () => import('./commands/logs.ts') },
  get: { summary: 'List functions and other objects', load: () => import('./commands/get.ts') },
  describe: { summary: 'Show a function, what is wrong with it, and what to do', load: () => import('./commands/describe.ts') },
  top: { summary: 'Show what the instances of functions use', load: () => import('./commands/top.ts') },
  events: { summary: 'Show what happened to functions', load: () => import('./commands/events.ts') },
  delete: { summary: 'Delete functions and other objects', load: () => import('./commands/delete.ts') },
  down: { summary: 'End what `ofn up` started', load: () => import('./commands/down.ts') },
  doctor: { summary: 'Say what works on this machine, and what to do about the rest', load: () => import('./commands/doctor.ts') },
  completion: { summary: 'Print what makes a shell complete commands and options', load: () => import('./commands/completion.ts') },
  version: { summary: 'Print versions', load: () => import('./commands/version.ts') },
};
