import { expect, test } from 'vitest';
import { ClientError } from './client-error.ts';
import { decodeManifests } from './manifests.ts';

const first = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';

async function failure(decoding: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await decoding.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof ClientError) return error;
  throw error;
}

test('reads several documents and leaves out the empty ones', async () => {
  const objects = await decodeManifests(`${first}---\n# nothing here\n---\n${first.replace('name: a', 'name: b')}`);
  expect(objects.map((object) => object.metadata.name)).toEqual(['a', 'b']);
});

test('takes a List apart', async () => {
  const list = { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }] };
  expect(await decodeManifests(JSON.stringify(list))).toHaveLength(1);
});

test('says the file and the line of what is wrong', async () => {
  expect((await failure(decodeManifests(`${first}---\nkind: ConfigMap\nmetadata:\n  name: b\n`, 'app.yaml'))).message).toMatch(
    /^app\.yaml:6: .*apiVersion/,
  );
  expect((await failure(decodeManifests('a: [1\nb: 2\n', 'app.yaml'))).message).toMatch(/^app\.yaml:\d+: this is not YAML/);
});

test('refuses an alias bomb and an anchor that contains itself', async () => {
  const levels = Array.from({ length: 8 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(', ')}]`);
  const bomb = `${first}l0: &l0 [x, x, x, x, x, x, x, x, x]\n${levels.join('\n')}\n`;
  expect((await failure(decodeManifests(bomb))).code).toBe('BadManifest');
  expect((await failure(decodeManifests(`${first}data: &self\n  again: *self\n`))).code).toBe('BadManifest');
});

test('refuses what is larger than 3 MB without parsing it', async () => {
  expect((await failure(decodeManifests('x'.repeat(4 * 1024 * 1024)))).message).toContain('3 MB');
});
