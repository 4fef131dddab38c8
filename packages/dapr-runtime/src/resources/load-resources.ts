import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { componentDocument, parseYamlObjects, type ComponentDocument } from '@openfunction/components';
import { parseResiliency } from '../resiliency/parse-resiliency.ts';
import type { ResiliencyDocument } from '../resiliency/resiliency-document.ts';
import { parseDeclarative, type DeclaredSubscription } from '../subscriptions/parse-subscription.ts';

export interface Resources {
  components: ComponentDocument[];
  subscriptions: DeclaredSubscription[];
  resiliency: ResiliencyDocument[];
  /** Objects that change nothing here, by file and kind. */
  ignored: { file: string; kind: string }[];
}

/** What an app is given of them. */
export type AppResources = Pick<Resources, 'components' | 'subscriptions'> & Partial<Pick<Resources, 'resiliency'>>;

/** Reads the YAML files of each folder, and of no folder below; a path may name one file too. */
export async function loadResources(paths: readonly string[]): Promise<Resources> {
  const resources: Resources = { components: [], subscriptions: [], resiliency: [], ignored: [] };
  for (const { file, yaml } of await readFiles(paths)) addResources(resources, yaml, file);
  return resources;
}

/** The files that {@link loadResources} reads, in its order. */
export async function readFiles(paths: readonly string[]): Promise<{ file: string; yaml: string }[]> {
  const files = (await Promise.all(paths.map(filesOf))).flat();
  return Promise.all(files.map(async (file) => ({ file, yaml: await readFile(file, 'utf8') })));
}

async function filesOf(given: string): Promise<string[]> {
  if ((await stat(given)).isFile()) return [given];
  const names = await readdir(given);
  return names
    .filter((name) => /\.ya?ml$/i.test(name))
    .toSorted()
    .map((name) => path.join(given, name));
}

/** Adds what one YAML text declares. */
export function addResources(resources: Resources, yaml: string, file: string): void {
  for (const object of parseYamlObjects(yaml, file)) {
    const given = typeof object === 'object' && object !== null ? (object as { kind?: unknown }).kind : undefined;
    const kind = typeof given === 'string' ? given : '';
    if (kind === 'Component') resources.components.push(componentDocument(object, file));
    else if (kind === 'Subscription') resources.subscriptions.push(parseDeclarative(object, file));
    else if (kind === 'Resiliency') addResiliency(resources, object, file);
    else resources.ignored.push({ file, kind });
  }
}

function addResiliency(resources: Resources, object: unknown, file: string): void {
  const document = parseResiliency(object, file);
  resources.resiliency.push(document);
  for (const part of document.withoutEffect) resources.ignored.push({ file, kind: `Resiliency ${part}` });
}
