// Writes every generated file from its source; with --check, fails when one differs from what is committed.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check') ? ['--check'] : [];
let failed = false;
for (const script of globSync(['packages/*/scripts/generate*.ts', 'deploy/helm/src/generate-*.ts'], { cwd: root }).toSorted()) {
  const done = spawnSync('node', ['--conditions=@openfunction/source', script, ...check], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (done.status !== 0) {
    failed = true;
    console.error(`${script} failed. Run \`pnpm generate\` and commit what it writes.`);
  }
}
process.exitCode = failed ? 1 : 0;
