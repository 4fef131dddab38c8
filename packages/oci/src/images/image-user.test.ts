import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { imageUser } from './image-user.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ofn-user-'));
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\napp:x:100:101::/app:/bin/sh\nodd:x:many:1::/:\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nweb:x:33:\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it.each([
  ['', { uid: 0, gid: 0 }],
  ['root', { uid: 0, gid: 0 }],
  ['app', { uid: 100, gid: 101 }],
  ['app:web', { uid: 100, gid: 33 }],
  ['app:7', { uid: 100, gid: 7 }],
  ['100', { uid: 100, gid: 101 }],
  ['1234', { uid: 1234, gid: 0 }],
  ['1234:5678', { uid: 1234, gid: 5678 }],
])('reads the user "%s" of an image', (text, ids) => {
  expect(imageUser(text, root)).toEqual(ids);
});

it.each([
  ['nobody', 'the user "nobody"'],
  ['odd', 'the user "odd"'],
  ['99999999999', 'the user "99999999999"'],
  ['app:none', 'the group "none"'],
])('names what is missing of the user "%s"', (text, missing) => {
  expect(() => imageUser(text, root)).toThrow(missing);
});

it('follows no link out of the image to learn of users', () => {
  rmSync(join(root, 'etc/passwd'));
  symlinkSync('/etc/passwd', join(root, 'etc/passwd'));
  expect(() => imageUser('daemon', root)).toThrow('the user "daemon"');
  expect(imageUser('7', root)).toEqual({ uid: 7, gid: 0 });
});
