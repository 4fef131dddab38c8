import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testContext } from '../testing/test-context.ts';
import type { Binding } from './binding.ts';
import { bindingConformance } from './conformance.ts';
import { localStorageBinding } from './local-storage.ts';

describe('bindings.localstorage', () => {
  let folder: string;
  let binding: Binding;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ofn-storage-'));
    binding = await localStorageBinding.open(new Map([['rootPath', path.join(folder, 'root')]]), testContext());
  });
  afterEach(async () => rm(folder, { recursive: true }));
  bindingConformance(() => localStorageBinding.open(new Map([['rootPath', path.join(folder, 'root')]]), testContext()));

  const call = async (operation: string, fileName?: string, data = '', more: Record<string, string> = {}): Promise<string> => {
    const metadata = { ...(fileName === undefined ? {} : { fileName }), ...more };
    const answer = await binding.output?.invoke({ operation, metadata, data: Buffer.from(data) });
    return Buffer.from(answer?.data ?? []).toString();
  };

  it('keeps a file, lists it, gives it back, and removes it', async () => {
    expect(JSON.parse(await call('create', 'a/b.txt', '"hello"'))).toEqual({ fileName: path.join(folder, 'root/a/b.txt') });
    expect(await call('get', 'a/b.txt')).toBe('hello');
    expect(JSON.parse(await call('list'))).toEqual([path.join(folder, 'root/a/b.txt')]);
    await call('delete', 'a/b.txt');
    await expect(call('get', 'a/b.txt')).rejects.toThrow('no such file');
  });

  it('makes a name where none is given, and takes base64 where it is told to', async () => {
    const { fileName } = JSON.parse(await call('create', undefined, 'aGk=', { decodeBase64: 'true' })) as { fileName: string };
    expect(await call('get', path.relative(path.join(folder, 'root'), fileName))).toBe('hi');
  });

  it.each(['../out', 'a/../../out', '/etc/hostname', 'a\0b', '', '.', '..'])('keeps out of %j', async (name) => {
    await expect(call('create', name, 'x')).rejects.toMatchObject({ code: 'RequestRejected' });
    await expect(call('get', name)).rejects.toMatchObject({ code: 'RequestRejected' });
  });

  it('follows no link, neither of a file nor of a folder', async () => {
    await writeFile(path.join(folder, 'secret'), 'secret');
    await mkdir(path.join(folder, 'elsewhere'));
    await symlink(path.join(folder, 'secret'), path.join(folder, 'root/link'));
    await symlink(path.join(folder, 'elsewhere'), path.join(folder, 'root/way'));
    await expect(call('get', 'link')).rejects.toMatchObject({ code: 'RequestRejected' });
    await expect(call('create', 'link', 'x')).rejects.toMatchObject({ code: 'RequestRejected' });
    await expect(call('create', 'way/file', 'x')).rejects.toMatchObject({ code: 'RequestRejected' });
    await expect(call('list', 'way')).resolves.toBe('[]');
  });

  it('names what it can do', async () => {
    await expect(call('toString')).rejects.toThrow('create, get, list, delete');
  });
});
