import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../command.ts';
import { functionName } from '../deploy/plan.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageError } from '../usage-error.ts';
import { languages, templateFiles, templates } from './templates.ts';

export async function run(args: readonly string[], { cwd, stdout, stderr }: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      template: { type: 'string', default: 'http' },
      language: { type: 'string', default: 'js' },
      name: { type: 'string' },
    },
  });
  if (positionals.length > 1) throw new UsageError('Name one folder.');
  const template = oneOf('--template', values.template, templates);
  const language = oneOf('--language', values.language, languages);
  const [given = '.'] = positionals;
  const folder = path.resolve(cwd, given);
  const name = functionName(values.name ?? path.basename(folder));
  if (values.name !== undefined && values.name !== name)
    throw new UsageError(`--name takes lower-case letters, digits and "-", 63 at most, such as "${name}", not "${values.name}".`);
  const files = Object.entries(templateFiles({ template, language, name }));
  const inTheWay = files.map(([file]) => file).filter((file) => existsSync(path.join(folder, file)));
  if (inTheWay.length > 0)
    throw new CommandError('AlreadyExists', `${folder} has ${inTheWay.join(', ')} already, and nothing was written.`, {
      exitCode: exitCodes.failed,
      hint: 'Name a folder that is new, or remove what is in the way.',
    });
  for (const [file, text] of files) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text, { flag: 'wx' });
    stdout.write(`${path.join(given, file)}\n`);
  }
  const call = template === 'http' ? `ofn invoke ${name}` : `ofn invoke ${name} --event example.greeting --data '{"name":"you"}'`;
  stderr.write(
    `\nNext:\n  ofn dev ${given}      # answers here, and takes over what you save\n  ofn deploy ${given}   # builds it and runs it on the platform\n  ${call}\n`,
  );
  return exitCodes.done;
}

function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new UsageError(`${option} takes ${known.join(' or ')}, not "${text}".`);
}
