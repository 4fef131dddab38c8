import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { TarEntry } from '@openfunction/artifact';
import { runnerFlags } from '@openfunction/functions-framework/runner';
import { build } from 'esbuild';
import { billOfMaterials, componentsOf, type Component } from './bill-of-materials.ts';
import { folderFiles } from './folder-files.ts';
import { layerOf } from './layer.ts';
import { nodeFiles } from './node-files.ts';
import { ownNode } from './node-program.ts';
import { ociImage, type OciImage } from './oci-image.ts';
import type { OtherPrograms } from './other-programs.ts';

const root = resolve(import.meta.dirname, '../../..');
const node = '/usr/local/bin/node';
/** Arguments of Node; see codeCacheMaker of the framework. */
const cacheMaker = ['--allow-fs-read=/app/framework', '/app/framework/dist/runner/make-code-cache.js'];
const parts = ['controller', 'builder', 'gateway', 'pod-pool', 'event-bus', 'converter'] as const;
// Bundles are ES modules; what they hold of CommonJS asks for Node's own modules by `require`, and for its own place.
const banner =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

/** Kafka's client reads WebAssembly from a file beside its module; this entry of the same package has it inside. */
function wasmInside(): Record<string, string> {
  const kafka = createRequire(join(root, 'packages/components/package.json')).resolve('@platformatic/kafka');
  return { '@platformatic/wasm-utils': createRequire(kafka).resolve('@platformatic/wasm-utils/bundled') };
}

interface Content {
  files: TarEntry[];
  /** What they were made of. */
  components: Component[];
}

async function bundled(entryPoints: Record<string, string>, external: string[] = []): Promise<Content> {
  const { outputFiles, metafile } = await build({
    entryPoints,
    external,
    alias: wasmInside(),
    absWorkingDir: root,
    outdir: '/app',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // Not split: what a split bundle imports late of a CommonJS package has no names.
    splitting: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    conditions: ['@openfunction/source'],
    banner: { js: banner },
    define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
    legalComments: 'none',
    write: false,
    metafile: true,
    logLevel: 'warning',
  });
  return {
    files: outputFiles.map(({ path, contents }) => ({ path: path.slice(1), kind: 'file', bytes: contents })),
    components: componentsOf(Object.keys(metafile.inputs)),
  };
}

const runner = '/app/framework/dist/runner/runner.cjs';

/** The runner as it is published: it is small, and finds its own files beside it. */
function framework(): Content {
  const from = join(root, 'packages/framework-node');
  const made = spawnSync(process.execPath, [join(from, 'scripts/bundle-runner.ts')], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`The runner cannot be made one file: ${made.stderr}`);
  const isShipped = (path: string): boolean =>
    path === 'package.json' || (path.startsWith('dist/') && /\.c?js$/.test(path) && !path.includes('.test.'));
  const files = folderFiles(from, 'app/framework', isShipped);
  if (!files.some(({ path }) => path === runner.slice(1)))
    throw new Error(`The runner's image needs ${runner}. Run \`npm run build\` first.`);
  return { files, components: [packageIn(from)] };
}

const isNeeded = (path: string): boolean => !/\.(md|ts|map|html|exe|node)$|(^|\/)(docs|man|tap-snapshots)\//.test(path);

/** Packages that cannot be bundled, since they are programs of their own. */
function installed(from: string, names: string[]): Content {
  return joined(
    ...names.map((name): Content => {
      // pnpm exports nothing but its package.json, as itself.
      const folder = dirname(createRequire(from).resolve(name === 'pnpm' ? name : `${name}/package.json`));
      // Its installation puts the program of this machine there, which it never starts from there.
      const keep = (path: string): boolean => isNeeded(path) && !(name === 'esbuild' && path === 'bin/esbuild');
      return { files: folderFiles(folder, join('app/node_modules', name), keep), components: [packageIn(folder)] };
    }),
  );
}

function packageIn(folder: string): Component {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string; version: string };
  return { name, version, kind: 'npm' };
}

function joined(...contents: Content[]): Content {
  return { files: contents.flatMap(({ files }) => files), components: contents.flatMap(({ components }) => components) };
}

/** The version of esbuild that builds use. */
export function esbuildVersion(): string {
  return packageIn(dirname(createRequire(join(root, 'packages/builder/package.json')).resolve('esbuild/package.json'))).version;
}

/** esbuild is a program of its own, for one kind of machine. */
function esbuildProgram(esbuild: string, other: OtherPrograms | undefined): Content {
  if (other === undefined) return installed(esbuild, [`@esbuild/${process.platform}-${process.arch}`]);
  const component = packageIn(other.esbuild);
  return { files: folderFiles(other.esbuild, join('app/node_modules', component.name), isNeeded), components: [component] };
}

async function buildFiles(other: OtherPrograms | undefined): Promise<Content> {
  const builder = join(root, 'packages/builder/package.json');
  const esbuild = createRequire(builder).resolve('esbuild/package.json');
  return joined(
    await bundled({ 'build-main': 'packages/builder/src/build-main.ts' }, ['esbuild', 'npm', 'pnpm', 'cpu-features']),
    installed(builder, ['esbuild', 'npm', 'pnpm']),
    esbuildProgram(esbuild, other),
    framework(),
  );
}

export interface PlatformImage extends OciImage {
  /** What is in it, as CycloneDX says it; the same lies inside. */
  bill: Uint8Array;
}

export type PlatformImages = Record<'platform' | 'runner-node' | 'build', PlatformImage>;

/** All images of the platform by their names, for machines of this one's kind unless other programs are given. They share the layer with Node. */
export async function platformImages(cache: string, other?: OtherPrograms): Promise<PlatformImages> {
  const program = other?.node ?? ownNode();
  const system = nodeFiles(program);
  const base = await layerOf(system, cache);
  const ofSystem: Component[] = [
    { name: 'node', version: process.versions.node, kind: 'file' },
    ...system.filter(({ path }) => /\.so(\.|$)/.test(path)).map(({ path }): Component => ({ name: path, version: '', kind: 'file' })),
  ];
  const image = async (
    name: string,
    { files, components }: Content,
    args: string[],
    env?: Record<string, string>,
  ): Promise<PlatformImage> => {
    const bill = billOfMaterials(name, [...ofSystem, ...components]);
    const layer = await layerOf([...files, bill], cache);
    return {
      ...ociImage({ layers: [base, layer], architecture: program.architecture, entrypoint: [node, ...args], env }),
      bill: bill.bytes,
    };
  };
  const apps = await bundled(Object.fromEntries(parts.map((part) => [part, `apps/${part}/src/main.ts`])));
  return {
    // The part to run is the argument.
    platform: await image('platform', apps, []),
    'runner-node': await image('runner-node', framework(), [...runnerFlags(), runner]),
    build: await image('build', await buildFiles(other), ['/app/build-main.mjs'], { OFN_CACHE_MAKER: JSON.stringify(cacheMaker) }),
  };
}
