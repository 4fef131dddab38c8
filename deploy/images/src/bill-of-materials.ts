import type { TarEntry } from '@openfunction/artifact';

/** A package of npm, or a file of the system. */
export interface Component {
  name: string;
  version: string;
  kind: 'npm' | 'file';
}

const inStore = /node_modules\/\.pnpm\/[^/]+\/node_modules\/((?:@[^/]+\/)?[^/]+)\//;

/** The packages that a bundle was made of, by the paths of its inputs: pnpm has a folder for each version. */
export function componentsOf(inputs: readonly string[]): Component[] {
  const found = new Map<string, Component>();
  for (const input of inputs) {
    const [, name] = inStore.exec(input) ?? [];
    const [, folder = ''] = /\.pnpm\/([^/]+)\//.exec(input) ?? [];
    if (name === undefined) continue;
    const version = folder.slice(name.length + 1).split(/[_(]/)[0] ?? '';
    found.set(`${name}@${version}`, { name, version, kind: 'npm' });
  }
  return [...found.values()];
}

/** What is in an image, as CycloneDX says it. The same content gives the same bytes. */
export function billOfMaterials(image: string, components: readonly Component[]): TarEntry & { kind: 'file' } {
  const sorted = components.toSorted((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'container', name: `openfunction/${image}` } },
    components: sorted.map(({ name, version, kind }) =>
      kind === 'npm'
        ? { type: 'library', name, version, purl: `pkg:npm/${name.replace('@', '%40')}@${version}` }
        : { type: 'file', name, ...(version === '' ? {} : { version }) },
    ),
  };
  return { path: `usr/share/sbom/${image}.cdx.json`, kind: 'file', bytes: Buffer.from(`${JSON.stringify(document, null, 1)}\n`) };
}
