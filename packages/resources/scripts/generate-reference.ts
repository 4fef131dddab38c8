// Writes docs/reference and docs/schemas from the schemas of the kinds; with --check it changes nothing and exits 1 when a file differs.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { documentedKinds, type DocumentedKind } from '../src/reference/documented-kinds.ts';
import { anyKindSchema, editorSchema } from '../src/reference/editor-schema.ts';
import { referencePage } from '../src/reference/page.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const docs = new URL('../../../docs/', import.meta.url);
const nameOf = ({ kind }: DocumentedKind): string => kind.kind.toLowerCase();
const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
const wanted = new Map<string, string>([
  ...documentedKinds.map((each) => [`reference/${nameOf(each)}.md`, referencePage(each)] as const),
  ...documentedKinds.map((each) => [`schemas/${nameOf(each)}.json`, json(editorSchema(each))] as const),
  ['schemas/openfunction.json', json(anyKindSchema(documentedKinds, (each) => `${nameOf(each)}.json`))],
]);

const present: string[] = [];
for (const folder of ['reference', 'schemas']) {
  await mkdir(new URL(`${folder}/`, docs), { recursive: true });
  for (const name of await readdir(new URL(`${folder}/`, docs))) present.push(`${folder}/${name}`);
}
for (const name of [...new Set([...wanted.keys(), ...present])].toSorted()) {
  const text = wanted.get(name);
  const file = new URL(name, docs);
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue;
  if (values.check) {
    console.error(`docs/${name} is not what the schemas give; run pnpm generate and commit it`);
    process.exitCode = 1;
  } else await (text === undefined ? rm(file) : writeFile(file, text));
}
