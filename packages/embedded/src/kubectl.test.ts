import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmbedded, type Embedded } from './create-embedded.ts';

const kubectlPath = process.env['OFN_TEST_KUBECTL'] || '/usr/bin/kubectl';

const manifest = (spec: object, name = 'hello'): string =>
  JSON.stringify({
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name },
    spec: { image: 'registry.local/samples/hello:v1', ...spec },
  });

describe.skipIf(!existsSync(kubectlPath))('the API of the platform, to kubectl, which is not installed everywhere', () => {
  let data: string;
  let platform: Embedded;

  beforeAll(async () => {
    data = mkdtempSync(path.join(tmpdir(), 'ofn-k-'));
    platform = await createEmbedded({
      data,
      port: 0,
      domain: 'localhost',
      poolSize: 1,
      api: { port: 0 },
      log: () => {},
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

  function kubectl(args: string[], input = ''): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
      const env = { PATH: process.env['PATH'], HOME: data, KUBECONFIG: path.join(data, 'kubeconfig') };
      const child = execFile(kubectlPath, args, { env, timeout: 30_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, output: stdout + stderr }),
      );
      child.stdin?.end(input);
    });
  }

  it('takes a function, waits for it, and tells its story', async () => {
    expect(await kubectl(['apply', '-f', '-'], manifest({ serving: { tracing: { enabled: true } } }))).toMatchObject({ code: 0 });
    expect(await kubectl(['wait', 'fn/hello', '--for=condition=Ready', '--timeout=20s'])).toMatchObject({ code: 0 });
    const described = (await kubectl(['describe', 'fn', 'hello'])).output;
    for (const said of [
      'FieldsIgnored',
      'spec.serving.tracing',
      'http://hello.default.svc.cluster.local/',
      'Starting',
      'Running  ',
      'has the traffic',
    ])
      expect(described).toContain(said);
    expect((await kubectl(['get', 'fn'])).output).toMatch(
      /hello\s+Skipped\s+Running\s+hello-\w{8}\s+http:\/\/hello\.default\.svc\.cluster\.local\//,
    );
    expect((await kubectl(['get', 'openfunction', '-A'])).output).toMatch(/gateway\S+\/openfunction/);
  });

  it('says by path and reason what a function may not set', async () => {
    const template = { hostNetwork: true, containers: [{ name: 'function', securityContext: {} }] };
    const refused = await kubectl(['apply', '-f', '-'], manifest({ serving: { template } }, 'bad'));
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('spec.serving.template.hostNetwork: hostNetwork would let a function reach beyond its own sandbox');
    expect(refused.output).toContain('spec.serving.template.containers[0].securityContext');
    expect((await kubectl(['apply', '--dry-run=server', '-f', '-'], manifest({}, 'bad'))).output).toContain('set build, serving or both');
  });

  it('scales a function, and says what is wrong with a broken version while the old one answers', async () => {
    expect(await kubectl(['scale', 'fn/hello', '--replicas=1'])).toMatchObject({ code: 0 });
    expect((await kubectl(['get', 'fn/hello', '-o', 'jsonpath={.spec.serving.scaleOptions}'])).output).toBe('{"minReplicas":1}');
    expect(await kubectl(['wait', 'fn/hello', '--for=condition=Ready', '--timeout=20s'])).toMatchObject({ code: 0 });
    await kubectl(['patch', 'fn/hello', '--type=merge', '-p', '{"spec":{"image":"registry.local/samples/missing:v2"}}']);
    expect(await kubectl(['wait', 'fn/hello', '--for=condition=Ready=False', '--timeout=15s'])).toMatchObject({ code: 0 });
    expect((await kubectl(['describe', 'fn', 'hello'])).output).toMatch(/Warning\s+ServingFailed/);
  });

  it('explains a field', async () => {
    expect((await kubectl(['explain', 'fn.spec.serving.template.hostNetwork'])).output).toContain('Refused');
  });
});
