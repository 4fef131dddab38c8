import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { credentials } from './credentials.ts';
import { dataFolder, type DataFolder } from './data-folder.ts';

let folder: DataFolder;

beforeEach(() => {
  folder = dataFolder(mkdtempSync(path.join(tmpdir(), 'ofn-credentials-')));
});
afterEach(() => rmSync(folder.root, { recursive: true }));

it('makes a certificate that a TLS client trusts for 127.0.0.1', async () => {
  const made = await credentials(folder, Date.now());
  const server = createServer({ cert: made.certificate, key: made.certificateKey }, (_, res) => res.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const status = await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, ca: made.certificate }, (res) => resolve(res.resume().statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(200);
  server.close();
});

it('keeps what it made, readable by its owner alone', async () => {
  const first = await credentials(folder, Date.now());
  const second = await credentials(folder, Date.now());
  expect(second.token).toBe(first.token);
  expect(second.certificate).toBe(first.certificate);
  for (const file of [folder.token, folder.ticketKey, folder.certificateKey]) expect(statSync(file).mode & 0o077).toBe(0);
});
