import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { functionKind, olderFunctionKind, type KubeObject } from '@openfunction/resources';
import { memoryStore } from '@openfunction/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertedStore } from './converted-store.ts';
import { createEmbedded, type Embedded } from './create-embedded.ts';

const kubectlPath = process.env['OFN_TEST_KUBECTL'] || '/usr/bin/kubectl';

function older(spec: object, name = 'hello'): KubeObject {
  return { apiVersion: 'core.openfunction.io/v1beta1', kind: 'Function', metadata: { name, namespace: 'default' }, spec };
}

describe('a store that takes v1beta1', () => {
  const spec = { image: 'i', port: 8081, serving: { runtime: 'knative', scaleOptions: { maxReplicas: 3 } } };
  const key = { namespace: 'default', name: 'hello' };

  it('stores v1beta2, and shows either', async () => {
    const base = memoryStore();
    const store = convertedStore(base);
    expect(await store.create(olderFunctionKind, older(spec))).toMatchObject({ apiVersion: 'core.openfunction.io/v1beta1', spec });
    const stored = { apiVersion: 'core.openfunction.io/v1beta2', spec: { serving: { triggers: { http: { port: 8081 } } } } };
    expect(await base.get(functionKind, key)).toMatchObject(stored);
    expect(await store.get(functionKind, key)).toMatchObject(stored);
    expect(await store.get(olderFunctionKind, key)).toMatchObject({ apiVersion: 'core.openfunction.io/v1beta1', spec });
    expect((await store.list(olderFunctionKind)).items).toMatchObject([{ spec }]);
    const status = { serving: { state: 'Running' } };
    expect(await store.updateStatus(olderFunctionKind, { ...older(spec), status })).toMatchObject({ spec, status });
  });

  it('tells a watch of v1beta1 what was written in v1beta2, and the other way about', async () => {
    const base = memoryStore();
    const store = convertedStore(base);
    const end = new AbortController();
    const versions: unknown[] = [];
    const watched = (async () => {
      for await (const event of store.watch(olderFunctionKind, { signal: end.signal })) {
        if (event.type !== 'BOOKMARK') versions.push([event.object.apiVersion, (event.object.spec as { port?: number }).port]);
        if (versions.length === 2) end.abort();
      }
    })();
    await store.create(olderFunctionKind, older(spec));
    const stored = await base.get(functionKind, key);
    const http = { port: 9000 };
    await base.update(functionKind, { ...stored!, spec: { ...stored!.spec, serving: { triggers: { http } } } });
    await watched;
    expect(versions).toEqual([
      ['core.openfunction.io/v1beta1', 8081],
      ['core.openfunction.io/v1beta1', 9000],
    ]);
  });

  it('applies on the server in the stored version, so that no field has two owners', async () => {
    const base = memoryStore();
    const store = convertedStore(base);
    await store.apply(olderFunctionKind, older(spec), { fieldManager: 'me' });
    const { port: _port, ...rest } = spec;
    await store.apply(olderFunctionKind, older(rest), { fieldManager: 'me' });
    expect((await base.get(functionKind, key))?.spec).toEqual({ image: 'i', serving: { scaleOptions: { maxReplicas: 3 } } });
    await store.delete(olderFunctionKind, key);
    expect(await base.get(functionKind, key)).toBeUndefined();
  });
});

describe.skipIf(!existsSync(kubectlPath))('v1beta1 to kubectl, which is not installed everywhere', () => {
  let data: string;
  let platform: Embedded;

  beforeAll(async () => {
    data = mkdtempSync(path.join(tmpdir(), 'ofn-o-'));
    const log = (): void => {};
    platform = await createEmbedded({
      data,
      port: 0,
      domain: 'localhost',
      poolSize: 1,
      api: { port: 0 },
      log,
      searchPath: '/usr/bin:/bin',
    });
    await platform.artifacts.put('registry.local/samples/hello:v1', {
      manifest: { runtime: 'node', format: 'cjs', exports: ['hello'], entry: 'index.js' },
      bundle: Buffer.from("exports.hello = (req, res) => res.send('hello');"),
      assets: new Uint8Array(),
    });
  });
  afterAll(async () => {
    await platform?.close();
    rmSync(data, { recursive: true, force: true });
  });

  function kubectl(args: string[], object?: object): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
      const env = { PATH: process.env['PATH'], HOME: data, KUBECONFIG: path.join(data, 'kubeconfig') };
      const child = execFile(kubectlPath, args, { env, timeout: 30_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, output: stdout + stderr }),
      );
      child.stdin?.end(object === undefined ? '' : JSON.stringify(object));
    });
  }
  const spec = { image: 'registry.local/samples/hello:v1', serving: { runtime: 'knative', params: { A: '1' } } };

  it('takes a v1beta1 Function and runs it', async () => {
    expect((await kubectl(['api-resources', '-o', 'wide', '--api-group=core.openfunction.io'])).output).toContain('v1beta2');
    expect((await kubectl(['api-versions'])).output).toContain('core.openfunction.io/v1beta1');
    expect(await kubectl(['apply', '-f', '-'], older(spec))).toMatchObject({ code: 0 });
    expect(await kubectl(['wait', 'fn/hello', '--for=condition=Ready', '--timeout=20s'])).toMatchObject({ code: 0 });
    expect((await kubectl(['get', 'fn/hello', '-o', 'jsonpath={.apiVersion}'])).output).toBe('core.openfunction.io/v1beta2');
    const former = 'functions.v1beta1.core.openfunction.io/hello';
    expect((await kubectl(['get', former, '-o', 'jsonpath={.apiVersion} {.spec.serving.runtime} {.status.serving.state}'])).output).toBe(
      'core.openfunction.io/v1beta1 knative Running',
    );
    expect((await kubectl(['get', former])).output).toMatch(/hello\s+Skipped\s+Running/);
  });

  it('changes it in either version', async () => {
    expect(await kubectl(['apply', '-f', '-'], older({ ...spec, port: 8081 }))).toMatchObject({ code: 0 });
    expect((await kubectl(['get', 'fn/hello', '-o', 'jsonpath={.spec.serving.triggers.http.port}'])).output).toBe('8081');
    await kubectl(['patch', 'functions.v1beta1.core.openfunction.io/hello', '--type=merge', '-p', '{"spec":{"port":8082}}']);
    expect((await kubectl(['get', 'fn/hello', '-o', 'jsonpath={.spec.serving.triggers.http.port}'])).output).toBe('8082');
    const applied = await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], older({ ...spec, port: 8083 }));
    expect(applied).toMatchObject({ code: 0 });
    expect((await kubectl(['get', 'fn/hello', '-o', 'jsonpath={.spec.serving.triggers.http.port}'])).output).toBe('8083');
    expect(await kubectl(['diff', '-f', '-'], older({ ...spec, port: 8083 }))).toMatchObject({ code: 0 });
  });

  it('refuses by the fields of v1beta1, and explains them', async () => {
    const refused = await kubectl(['apply', '-f', '-'], older({ image: 'i', port: 0, serving: { runtime: 'other' } }, 'bad'));
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.output).toContain('spec.port');
    expect(refused.output).toContain('spec.serving.runtime: must be one of knative, async');
    const explained = await kubectl(['explain', 'fn.spec.serving.inputs', '--api-version=core.openfunction.io/v1beta1']);
    expect(explained.output).toContain('Components that call the function');
  });
});
