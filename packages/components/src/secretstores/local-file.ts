import { readFile } from 'node:fs/promises';
import { ComponentError } from '../component-error.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { needed, withDefault } from '../metadata/fields.ts';
import { flag, nonEmpty } from '../metadata/parsers.ts';
import type { SecretStore } from './secret-store.ts';

type Secrets = Map<string, Record<string, string>>;

/** `secretstores.local.file`: a JSON file, read when opened. */
export const localFileSecrets: ComponentType<'secretstores'> = componentType({
  block: 'secretstores',
  fields: { secretsFile: needed(nonEmpty), nestedSeparator: withDefault(nonEmpty, ':'), multiValued: withDefault(flag, false) },
  open: async ({ secretsFile, nestedSeparator, multiValued }, { name }) => {
    const content = await readSecrets(secretsFile, name);
    const secrets = multiValued ? grouped(content, nestedSeparator) : flat(content, nestedSeparator);
    const store: SecretStore = {
      get: async (secret) => secrets.get(secret),
      getAll: async () => Object.fromEntries(secrets),
      ping: async () => {},
      close: async () => {},
    };
    return store;
  },
});

async function readSecrets(file: string, name: string): Promise<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch (error) {
    // What JSON.parse says may repeat a part of the secrets.
    const why = (error as { code?: string }).code ?? 'it is not JSON';
    throw new ComponentError(
      'ComponentInvalid',
      `Component "${name}" cannot be opened: its secretsFile cannot be read (${why}). Give the path of a JSON file.`,
    );
  }
  throw new ComponentError('ComponentInvalid', `Component "${name}" cannot be opened: its secretsFile holds no JSON object. Write one.`);
}

function flat(content: Record<string, unknown>, separator: string): Secrets {
  return new Map(leaves(content, separator).map(([name, value]) => [name, { [name]: value }]));
}

function grouped(content: Record<string, unknown>, separator: string): Secrets {
  const groups = Object.entries(content).map(([name, value]): [string, Record<string, string>] => {
    if (typeof value !== 'object' || value === null) return [name, { [name]: String(value) }];
    return [name, Object.fromEntries(leaves(value as Record<string, unknown>, separator))];
  });
  return new Map(groups);
}

function leaves(content: Record<string, unknown>, separator: string, prefix = ''): [string, string][] {
  return Object.entries(content).flatMap(([name, value]): [string, string][] => {
    if (typeof value === 'object' && value !== null)
      return leaves(value as Record<string, unknown>, separator, `${prefix}${name}${separator}`);
    return [[`${prefix}${name}`, String(value)]];
  });
}
