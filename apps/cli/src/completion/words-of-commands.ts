import { commands } from '../commands.ts';

/** What may follow a command. */
export interface CommandWords {
  name: string;
  summary: string;
  options: string[];
  /** Whether the names of functions are of use. */
  takesFunctions: boolean;
}

/** Reads them from the texts of `--help`, so that nothing has to be kept equal by hand. */
export async function wordsOfCommands(): Promise<CommandWords[]> {
  const all = Object.entries(commands).map(async ([name, { summary, load }]): Promise<CommandWords> => {
    const { usage } = (await load()).command;
    const options = [...usage.matchAll(/(?<=^ {2}(?:-\w, )?)--[a-z][\w-]*/gm)].map(([option]) => option);
    return { name, summary, options: [...new Set([...options, '--help'])], takesFunctions: /^Usage: ofn \w+ .*\bNAME\b/.test(usage) };
  });
  return Promise.all(all);
}
