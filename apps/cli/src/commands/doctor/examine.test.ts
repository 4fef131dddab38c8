import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { examine, type Examined } from './examine.ts';

let data: string;

beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), 'ofn-d-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

async function finding(what: string, given: Partial<Examined>) {
  const all = await examine({ data, port: 0, searchPath: '', nodeVersion: '24.0.0', ...given });
  return all.find((one) => one.what === what);
}

it('says that a Node is too old, and which one would do', async () => {
  expect(await finding('node', { nodeVersion: '20.11.0' })).toMatchObject({ is: 'bad', todo: 'Install Node 22.19 or newer.' });
  expect(await finding('node', { nodeVersion: '22.19.0' })).toMatchObject({ is: 'good' });
});

it('says that only the permission model holds where bubblewrap is not found', async () => {
  expect(await finding('isolation', { searchPath: '/nowhere' })).toMatchObject({ is: 'note' });
});

it('says what is missing to run images', async () => {
  expect(await finding('images', { searchPath: '/nowhere' })).toMatchObject({ is: 'note', says: 'only function modules run here' });
});

it('says that a port is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await finding('port', { port })).toMatchObject({ is: 'bad' });
  await new Promise((resolve) => server.close(resolve));
  expect(await finding('port', { port })).toMatchObject({ is: 'good' });
});

it('says that a folder cannot be used', async () => {
  expect(await finding('data', { data: path.join(import.meta.filename, 'below-a-file') })).toMatchObject({ is: 'bad' });
  expect(await finding('data', { data: path.join(data, 'x'.repeat(120)) })).toMatchObject({ is: 'bad' });
  expect(await finding('data', {})).toMatchObject({ is: 'good' });
});
