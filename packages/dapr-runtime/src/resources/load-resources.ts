import { createHash } from 'node:crypto';
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
  /** Of the files that it was read from: another one when any of them changes. */
  digest: string;
}

export interface ResourceFile {
  file: string;
  yaml: string;
}

/** What an app is given of them. */
export type AppResources = Pick<Resources, 'components' | 'subscriptions'> & Partial<Pick<Resources, 'resiliency'>>;

/** Reads the YAML files of each folder, and of no folder below; a path may name one file too. */
export async function loadResources(paths: readonly string[]): Promise<Resources> {
  return resourcesOf(await readFiles(paths));
}

export function resourcesOf(files: readonly ResourceFile[]): Resources {
  const resources: Resources = { components: [], subscriptions: [], resiliency: [], ignored: [], digest: digestOf(files) };
  for (const { file, yaml } of files) addResources(resources, yaml, file);
  return resources;
}

export const digestOf = (files: readonly ResourceFile[]): string => createHash('sha256').update(JSON.stringify(files)).digest('hex');

/** The files that {@link loadResources} reads, in its order. */
export async function readFiles(paths: readonly string[]): Promise<ResourceFile[]> {
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
function addResources(resources: Resources, yaml: string, file: string): void {
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
