// Every public package is packed and checked as its installer would see it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packPackages } from './pack-packages.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ofn-pack-'));
let failures = 0;
for (const { name, tarball } of packPackages(folder)) {
  const { messages, pkg } = await publint({ pack: { tarball: toArrayBuffer(readFileSync(tarball)) }, level: 'warning' });
  for (const message of messages) console.error(`${name}: ${formatMessage(message, pkg ?? {})}`);
  failures += messages.length;
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = failures > 0 ? 1 : 0;

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}
