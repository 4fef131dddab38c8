import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { codeCacheKey, codeCacheOf, type BundleFormat } from '../code-cache.ts';
import { pickTarget } from '../pick-target.ts';
import { callOnce, withoutNetwork } from './call-once.ts';
import { pathBelow } from './extract-tar.ts';
import { runBundle } from './run-bundle.ts';

/** What the builder says of the bundle. */
interface Manifest {
  format: BundleFormat;
  entry: string;
  exports: string[];
  target?: string;
  signature?: string;
}

// V8 keeps what was compiled by then: after running and one call, that is what a cold start needs.
const dir = path.resolve(process.argv[2] ?? '.');
const work = path.join(dir, 'work');
const manifest = JSON.parse(readFileSync(path.join(dir, 'manifest.json'), 'utf8')) as Manifest;
process.chdir(work);
process.argv = [process.execPath, pathBelow(work, manifest.entry)];
withoutNetwork();
// What a function leaves unhandled must not keep its cache from being written.
process.on('uncaughtException', () => undefined);
process.on('unhandledRejection', () => undefined);
const bundle = readFileSync(path.join(dir, 'bundle.js'));
const { script, exports } = await runBundle({ bundle, format: manifest.format }, pathBelow(work, manifest.entry)).catch(
  (error: unknown): never => {
    console.error(String(error));
    process.exit(1);
  },
);
try {
  await callOnce(pickTarget(manifest.target ?? manifest.exports[0] ?? 'function', manifest.signature ?? 'http', exports));
} catch {
  // A cache made without the call is worth less, and still something.
}
const out = path.join(dir, 'out');
mkdirSync(out, { recursive: true });
writeFileSync(path.join(dir, 'cache.new'), codeCacheOf(script));
renameSync(path.join(dir, 'cache.new'), path.join(out, codeCacheKey()));
process.exit(0);
