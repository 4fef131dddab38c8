// Fails when files import each other in a circle: inside a package by relative paths, and between packages by name.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const files = globSync('{packages,apps}/*/src/**/*.ts', { cwd: root }).filter((file) => !file.includes('/gen/'));
const entries = new Map(
  globSync('packages/*/package.json', { cwd: root }).map((file) => {
    const { name } = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as { name: string };
    return [name, path.join(path.dirname(file), 'src/index.ts')];
  }),
);
const known = new Set(files);
const edges = new Map(files.map((file) => [file, importsOf(file)]));
const done = new Set<string>();
const cycles: string[] = [];
for (const file of files) visit(file, []);
for (const cycle of cycles) console.error(`import cycle: ${cycle}`);
console.log(`${files.length} files, ${cycles.length} import cycles`);
process.exitCode = cycles.length > 0 ? 1 : 0;

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const targets: string[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from\s+'([^']+)'/gm)) {
    const specifier = match[1] ?? '';
    const target = specifier.startsWith('.') ? path.join(path.dirname(file), specifier) : entries.get(specifier);
    if (target && known.has(target)) targets.push(target);
  }
  return targets;
}

function visit(file: string, trail: string[]): void {
  const at = trail.indexOf(file);
  if (at >= 0) {
    cycles.push([...trail.slice(at), file].join(' -> '));
    return;
  }
  if (done.has(file)) return;
  for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
  done.add(file);
}
