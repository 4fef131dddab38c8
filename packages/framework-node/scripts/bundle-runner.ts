// Makes dist/runner/runner.cjs, or the file that is named: loading ECMAScript modules costs each instance twice the processor time that bare Node takes
// to start, and five megabytes.
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');

await build({
  entryPoints: [path.join(root, 'src/runner/one-file.ts')],
  outfile: process.argv[2] ?? path.join(root, 'dist/runner/runner.cjs'),
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  define: { 'import.meta.url': '__ofn_own' },
  banner: { js: "const __ofn_own = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
});
