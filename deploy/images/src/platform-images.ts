import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { TarEntry } from '@openfunction/artifact';
import { runnerFlags } from '@openfunction/functions-framework/runner';
import { build } from 'esbuild';
import { folderFiles } from './folder-files.ts';
import { layerOf, type Layer } from './layer.ts';
import { nodeFiles } from './node-files.ts';
import { ociImage, type OciImage } from './oci-image.ts';

const root = resolve(import.meta.dirname, '../../..');
const node = '/usr/local/bin/node';
/** Arguments of Node; see codeCacheMaker of the framework. */
const cacheMaker = ['--allow-fs-read=/app/framework', '/app/framework/dist/runner/make-code-cache.js'];
const parts = ['controller', 'builder', 'gateway', 'pod-pool', 'converter'] as const;
// Bundles are ES modules; what they hold of CommonJS asks for Node's own modules by `require`, and for its own place.
const banner =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

async function bundled(entryPoints: Record<string, string>, external: string[] = []): Promise<TarEntry[]> {
  const { outputFiles } = await build({
    entryPoints,
    external,
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
    logLevel: 'warning',
  });
  return outputFiles.map(({ path, contents }) => ({ path: path.slice(1), kind: 'file', bytes: contents }));
}

/** The runner as it is published: it is small, and finds its own files beside it. */
function framework(): TarEntry[] {
  const from = join(root, 'packages/framework-node');
  const isShipped = (path: string): boolean =>
    path === 'package.json' || (path.startsWith('dist/') && path.endsWith('.js') && !path.includes('.test.'));
  return folderFiles(from, 'app/framework', isShipped);
}

/** Packages that cannot be bundled, since they are programs of their own. */
function installed(from: string, names: string[]): TarEntry[] {
  return names.flatMap((name) => {
    // pnpm exports nothing but its package.json, as itself.
    const folder = dirname(createRequire(from).resolve(name === 'pnpm' ? name : `${name}/package.json`));
    return folderFiles(
      folder,
      join('app/node_modules', name),
      (path) => !/\.(md|ts|map|html|exe|node)$|(^|\/)(docs|man|tap-snapshots)\//.test(path),
    );
  });
}

async function buildFiles(): Promise<TarEntry[]> {
  const builder = join(root, 'packages/builder/package.json');
  const esbuild = createRequire(builder).resolve('esbuild/package.json');
  return [
    ...(await bundled({ 'build-main': 'packages/builder/src/build-main.ts' }, ['esbuild', 'npm', 'pnpm', 'cpu-features'])),
    ...installed(builder, ['esbuild', 'npm', 'pnpm']),
    ...installed(esbuild, [`@esbuild/${process.platform}-${process.arch}`]),
    ...framework(),
  ];
}

/** All images of the platform by their names. They share the layer with Node. */
export async function platformImages(cache: string): Promise<Record<'platform' | 'runner-node' | 'build', OciImage>> {
  const base = await layerOf(nodeFiles(), cache);
  const image = (layer: Layer, program: string[], env?: Record<string, string>): OciImage =>
    ociImage({ layers: [base, layer], entrypoint: [node, ...program], env });
  const apps = await bundled(Object.fromEntries(parts.map((part) => [part, `apps/${part}/src/main.ts`])));
  return {
    // The part to run is the argument.
    platform: image(await layerOf(apps, cache), []),
    'runner-node': image(await layerOf(framework(), cache), [...runnerFlags(), '/app/framework/dist/runner/main.js']),
    build: image(await layerOf(await buildFiles(), cache), ['/app/build-main.mjs'], { OFN_CACHE_MAKER: JSON.stringify(cacheMaker) }),
  };
}
