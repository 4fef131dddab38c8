import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { memoryStore } from '@openfunction/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApiServer, type ApiServer } from './api-server.ts';
import { coreKinds } from './core-kinds.ts';
import { kubectlClient, type KubectlClient } from './testing/kubectl-client.ts';
import { recordedAdmission, recordedKinds } from './testing/recorded/recorded-kinds.ts';
import { selfSigned } from './testing/self-signed.ts';

const helm = process.env['OFN_TEST_HELM'] ?? '';
const kubectlPath = process.env['OFN_TEST_KUBECTL'] || '/usr/bin/kubectl';

const template = `{{- range $name := .Values.names }}
---
apiVersion: recorded.openfunction.io/v1beta2
kind: Function
metadata:
  name: {{ $name }}
  labels: { app: {{ $.Release.Name }} }
spec:
  image: registry.local/{{ $name }}:{{ $.Values.tag }}
  serving:
    params: { GREETING: {{ $.Values.greeting | quote }} }
{{- end }}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { greeting: {{ .Values.greeting | quote }} }
---
apiVersion: v1
kind: Secret
metadata: { name: token }
stringData: { token: {{ .Values.greeting | quote }} }
`;

describe.skipIf(!existsSync(helm) || !existsSync(kubectlPath))('helm template | kubectl apply (OFN_TEST_HELM names helm)', () => {
  let folder: string;
  let server: ApiServer;
  let client: KubectlClient;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'ofn-helm-'));
    mkdirSync(path.join(folder, 'templates'));
    writeFileSync(path.join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: hello\nversion: 0.1.0\n');
    writeFileSync(path.join(folder, 'values.yaml'), 'names: [one, two, three]\ntag: v1\ngreeting: hello\n');
    writeFileSync(path.join(folder, 'templates/all.yaml'), template);
    const tls = await selfSigned();
    const schemas = new Map([...coreKinds, ...recordedKinds].map((kind) => [kind.kind, kind.schema]));
    const store = memoryStore({ schemaOf: ({ kind }) => schemas.get(kind), admission: recordedAdmission });
    server = await createApiServer({ store, kinds: recordedKinds, tls, token: 'secret', version: '0.1.0' });
    client = kubectlClient(kubectlPath, { url: server.url, cert: tls.cert, token: 'secret' });
  });
  afterAll(async () => {
    client?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function rendered(...set: string[]): string {
    const env = { PATH: process.env['PATH'], HOME: folder };
    return execFileSync(helm, ['template', 'demo', folder, ...set.flatMap((each) => ['--set', each])], { env, encoding: 'utf8' });
  }
  const apply = (manifests: string): Promise<{ code: number; output: string }> =>
    client.run(['apply', '--server-side', '-f', '-'], manifests);
  const printed = async (...args: string[]): Promise<string> => (await client.run(['get', ...args])).output;

  test('makes what the chart describes, follows its values, and changes nothing the second time', async () => {
    expect(await apply(rendered())).toMatchObject({ code: 0 });
    expect(await printed('functions', '-l', 'app=demo', '-o', 'name')).toBe(
      ['one', 'three', 'two'].map((name) => `function.recorded.openfunction.io/${name}\n`).join(''),
    );
    expect(await apply(rendered('tag=v2', 'greeting=good day'))).toMatchObject({ code: 0 });
    expect(await printed('function', 'two', '-o', 'jsonpath={.spec.image} {.spec.serving.params.GREETING}')).toBe(
      'registry.local/two:v2 good day',
    );
    expect(await printed('cm', 'settings', '-o', 'jsonpath={.data.greeting}')).toBe('good day');
    expect(await printed('secret', 'token', '-o', 'jsonpath={.data.token}')).toBe(Buffer.from('good day').toString('base64'));
    const version = await printed('functions,cm,secret', '-o', 'jsonpath={.items[*].metadata.resourceVersion}');
    expect(await apply(rendered('tag=v2', 'greeting=good day'))).toMatchObject({ code: 0 });
    expect(await printed('functions,cm,secret', '-o', 'jsonpath={.items[*].metadata.resourceVersion}')).toBe(version);
  });
});
