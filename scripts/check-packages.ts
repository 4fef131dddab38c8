// Every public package is packed and checked as its installer would see it.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = path.resolve(import.meta.dirname, '..');
let failures = 0;
for (const file of globSync('{packages,apps}/*/package.json', { cwd: root }).toSorted()) {
  const folder = path.join(root, path.dirname(file));
  const manifest = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as { name: string; private?: boolean };
  if (manifest.private) continue;
  const out = mkdtempSync(path.join(tmpdir(), 'ofn-pack-'));
  const packed = spawnSync('pnpm', ['pack', '--pack-destination', out, '--silent'], { cwd: folder, encoding: 'utf8' });
  const tarball = globSync('*.tgz', { cwd: out })[0];
  if (packed.status !== 0 || !tarball) {
    console.error(`${manifest.name}: pnpm pack failed: ${packed.stderr || packed.stdout}`);
    failures++;
  } else {
    const { messages, pkg } = await publint({ pack: { tarball: toArrayBuffer(readFileSync(path.join(out, tarball))) }, level: 'warning' });
    for (const message of messages) console.error(`${manifest.name}: ${formatMessage(message, pkg ?? {})}`);
    failures += messages.length;
  }
  rmSync(out, { recursive: true, force: true });
}
process.exitCode = failures > 0 ? 1 : 0;

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}
