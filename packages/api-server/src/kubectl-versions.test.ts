import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { memoryStore } from '@openfunction/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApiServer, type ApiServer } from './api-server.ts';
import { coreKinds } from './core-kinds.ts';
import { kubectlClient, type KubectlClient } from './testing/kubectl-client.ts';
import { recordedAdmission, recordedKinds } from './testing/recorded/recorded-kinds.ts';
import { selfSigned } from './testing/self-signed.ts';

const folder = process.env['OFN_TEST_KUBECTLS'] ?? '';
const versions = ['1.29', '1.30', '1.31', '1.32', '1.33'].map((version) => ({ version, path: join(folder, `kubectl.${version}`) }));

function widget(name: string, spec: object): string {
  return JSON.stringify({ apiVersion: 'recorded.openfunction.io/v1', kind: 'Widget', metadata: { name }, spec });
}

describe.each(versions)('kubectl $version', ({ path }) => {
  describe.skipIf(folder === '' || !existsSync(path))('(OFN_TEST_KUBECTLS names a folder of scripts/bring-kubectls.sh)', () => {
    let server: ApiServer;
    let kubectl: KubectlClient['run'];
    let client: KubectlClient;

    beforeAll(async () => {
      const tls = await selfSigned();
      const schemas = new Map([...coreKinds, ...recordedKinds].map((kind) => [kind.kind, kind.schema]));
      const store = memoryStore({ schemaOf: ({ kind }) => schemas.get(kind), admission: recordedAdmission });
      server = await createApiServer({ store, kinds: recordedKinds, tls, token: 'secret', version: '0.1.0' });
      client = kubectlClient(path, { url: server.url, cert: tls.cert, token: 'secret' });
      kubectl = client.run;
    });
    afterAll(async () => {
      client?.close();
      await server?.close();
    });
    const specOf = async (name: string): Promise<unknown> =>
      JSON.parse((await kubectl(['get', 'wd', name, '-o', 'jsonpath={.spec}'])).output) as unknown;

    test('applies from the client, sees the difference, and moves to the server', async () => {
      expect((await kubectl(['apply', '-f', '-'], widget('a', { size: 1, note: 'x' }))).output).toContain(
        'widget.recorded.openfunction.io/a created',
      );
      expect((await kubectl(['diff', '-f', '-'], widget('a', { size: 2 }))).output).toMatch(/-\s+note: x\n[^]*\+\s+size: 2/);
      expect((await kubectl(['apply', '-f', '-'], widget('a', { size: 2 }))).output).toContain('configured');
      expect((await kubectl(['apply', '-f', '-'], widget('a', { size: 2 }))).output).toContain('unchanged');
      expect(await specOf('a')).toEqual({ size: 2 });
      expect(await kubectl(['apply', '--server-side', '-f', '-'], widget('a', { colour: 'red' }))).toMatchObject({ code: 0 });
      expect(await specOf('a')).toEqual({ colour: 'red' });
    });

    test('meets the fields of others, and takes them by force', async () => {
      expect(await kubectl(['apply', '--server-side', '--field-manager=one', '-f', '-'], widget('b', { size: 1 }))).toMatchObject({
        code: 0,
      });
      const refused = await kubectl(['apply', '--server-side', '-f', '-'], widget('b', { size: 2 }));
      expect(refused.code).not.toBe(0);
      expect(refused.output).toContain('conflict with "one": .spec.size');
      expect(await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], widget('b', { size: 2 }))).toMatchObject({
        code: 0,
      });
      const owners = await kubectl(['get', 'wd', 'b', '--show-managed-fields', '-o', 'jsonpath={.metadata.managedFields[*].manager}']);
      expect(owners.output).toBe('kubectl');
    });

    test('explains, edits, patches, labels, annotates, scales and replaces', async () => {
      expect((await kubectl(['explain', 'wd.spec.nested'])).output).toMatch(/deep\s+<Object>/);
      expect((await kubectl(['explain', 'secret.data'])).output).toContain('base64');
      expect((await kubectl(['explain', 'wd.metadata.labels'])).output).toContain('Words to select objects by');
      await kubectl(['create', '-f', '-'], widget('c', { size: 1 }));
      expect(await kubectl(['edit', 'wd', 'c'], '', { KUBE_EDITOR: 'sed -i s/size:.1/size:\\ 2/' })).toMatchObject({ code: 0 });
      expect(await kubectl(['patch', 'wd', 'c', '--type=merge', '-p', '{"spec":{"note":"m"}}'])).toMatchObject({ code: 0 });
      expect(await kubectl(['patch', 'wd', 'c', '--type=json', '-p', '[{"op":"add","path":"/spec/colour","value":"red"}]'])).toMatchObject({
        code: 0,
      });
      expect(await kubectl(['label', 'wd', 'c', 'tier=web'])).toMatchObject({ code: 0 });
      expect(await kubectl(['annotate', 'wd', 'c', 'why=because'])).toMatchObject({ code: 0 });
      expect(await kubectl(['scale', 'wd', 'c', '--replicas=3'])).toMatchObject({ code: 0 });
      expect(await specOf('c')).toEqual({ size: 2, note: 'm', colour: 'red', replicas: 3 });
      expect(await kubectl(['replace', '-f', '-'], widget('c', { size: 5 }))).toMatchObject({ code: 0 });
      expect(await specOf('c')).toEqual({ size: 5 });
    });

    test('says what is wrong, and writes nothing in a dry run', async () => {
      expect((await kubectl(['apply', '-f', '-'], widget('d', { sise: 1 }))).output).toContain('unknown field "spec.sise"');
      expect((await kubectl(['get', 'wd', 'none'])).output).toContain(
        'Error from server (NotFound): widgets.recorded.openfunction.io "none" not found',
      );
      const broken = JSON.stringify({
        apiVersion: 'recorded.openfunction.io/v1beta2',
        kind: 'Function',
        metadata: { name: 'd' },
        spec: { image: 'i' },
      });
      expect((await kubectl(['apply', '--dry-run=server', '-f', '-'], broken)).output).toContain('set build, serving or both');
      expect((await kubectl(['apply', '--dry-run=server', '-f', '-'], widget('d', { size: 1 }))).output).toContain(
        'created (server dry run)',
      );
      expect((await kubectl(['apply', '--server-side', '--dry-run=server', '-f', '-'], widget('d', { size: 1 }))).output).toContain(
        'serverside-applied',
      );
      expect((await kubectl(['get', 'wd', 'd'])).output).toContain('NotFound');
    });

    test('lists, selects and prints', async () => {
      for (const [name, colour] of [
        ['e1', 'red'],
        ['e2', 'blue'],
      ] as const)
        await kubectl(['create', '-f', '-'], widget(name, { colour, note: 'listed' }));
      expect((await kubectl(['get', 'wd', '--field-selector', 'metadata.name=e1', '-o', 'name'])).output).toBe(
        'widget.recorded.openfunction.io/e1\n',
      );
      expect((await kubectl(['get', 'wd', '--field-selector', 'spec.colour=blue', '-o', 'name'])).output).toContain('/e2\n');
      expect((await kubectl(['get', 'wd', '--field-selector', 'spec.note=listed'])).output).toContain(
        'field label not supported: spec.note',
      );
      expect((await kubectl(['get', 'wd', 'e1'])).output).toMatch(/NAME\s+COLOUR\s+AGE\ne1\s+red\s+\d+s/);
      expect((await kubectl(['get', 'wd', '--chunk-size=1', '-o', 'name'])).output).toMatch(/e1\n[^]*e2\n/);
    });

    test('creates what has commands of its own, and asks what it may', async () => {
      expect(await kubectl(['create', 'namespace', 'team'])).toMatchObject({ code: 0 });
      expect(await kubectl(['create', 'secret', 'generic', 'key', '-n', 'team', '--from-literal=a=b'])).toMatchObject({ code: 0 });
      expect((await kubectl(['get', 'secret', 'key', '-n', 'team', '-o', 'jsonpath={.type} {.data.a}'])).output).toBe('Opaque Yg==');
      expect(await kubectl(['create', 'configmap', 'settings', '-n', 'team', '--from-literal=a=b'])).toMatchObject({ code: 0 });
      expect((await kubectl(['create', 'configmap', 'settings', '-n', 'team', '--dry-run=server', '--from-literal=a=b'])).output).toContain(
        'already exists',
      );
      expect(await kubectl(['auth', 'can-i', 'create', 'wd'])).toMatchObject({ code: 0, output: 'yes\n' });
      expect((await kubectl(['auth', 'can-i', '--list'])).output).toMatch(/\*\.\*\s+\[\]\s+\[\]\s+\[\*\]/);
      expect((await kubectl(['auth', 'whoami'])).output).toMatch(/Username\s+openfunction/);
    });

    test('waits, deletes, and tells by whom it was refused', async () => {
      await kubectl(['create', '-f', '-'], widget('g', { size: 1 }));
      expect(await kubectl(['wait', 'wd/g', '--for=jsonpath={.spec.size}=1', '--timeout=10s'])).toMatchObject({ code: 0 });
      expect(await kubectl(['delete', 'wd', 'g'])).toMatchObject({ code: 0 });
      expect((await kubectl(['delete', 'wd', 'g', '--ignore-not-found'])).code).toBe(0);
      expect((await kubectl(['get', 'wd', '--token=wrong'])).output).toMatch(/Unauthorized|must be logged in/);
    });
  });
});
