import type { Artifacts, RegistryCredentials } from '@openfunction/artifact';
import { artifactsContract } from '@openfunction/artifact/contract';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registryArtifacts, type RegistryOptions } from './registry-artifacts.ts';
import { hasRealRegistry, realRegistry, type RealRegistry } from './testing/real-registry.ts';
import { selfSigned } from './testing/self-signed.ts';

if (!hasRealRegistry) console.log("Docker's own registry is not tried: docker-registry is not installed here.");

describe.skipIf(!hasRealRegistry)('a real registry', () => {
  let guarded: RealRegistry;
  let plain: RealRegistry;
  let certificate = '';
  let count = 0;
  beforeAll(async () => {
    const tls = await selfSigned();
    ({ certificate } = tls);
    guarded = await realRegistry({ tls, password: true });
    plain = await realRegistry({ password: false });
  });
  afterAll(async () => {
    await guarded.close();
    await plain.close();
  });

  const soon = { sleep: (ms: number): Promise<void> => pause(Math.min(ms, 20)) };
  const trusting = (options: Partial<RegistryOptions> = {}): Artifacts =>
    registryArtifacts({ plainHttp: [], allowedAddresses: ['127.0.0.1'], certificates: certificate, ...soon, ...options });
  const as = (password: string, host = guarded.host): { credentials: RegistryCredentials } => ({
    credentials: new Map([[host, { username: 'me', password }]]),
  });

  artifactsContract('over plain HTTP, which was named', async () => ({
    artifacts: registryArtifacts({ plainHttp: [plain.host], ...soon }),
    repository: `${plain.host}/demo/fn${(count += 1)}`,
  }));

  artifactsContract('with a password, and a certificate of its own', async () => {
    const artifacts = trusting();
    const access = as('secret');
    return {
      artifacts: {
        guarded: true,
        put: (ref, artifact, options) => artifacts.put(ref, artifact, { ...options, ...access }),
        get: (ref) => artifacts.get(ref, access),
        stat: (ref) => artifacts.stat(ref, access),
        putSource: (ref, tar) => artifacts.putSource(ref, tar, access),
        getSource: (ref) => artifacts.getSource(ref, access),
      },
      repository: `${guarded.host}/demo/fn${(count += 1)}`,
    };
  });

  it('that wants credentials says so, and whose are missing', async () => {
    const ref = `${guarded.host}/demo/closed:v1`;
    await expect(trusting().putSource(ref, Buffer.from('x'))).rejects.toMatchObject({
      code: 'RegistryDenied',
      message: expect.stringMatching(/none are given for 127\.0\.0\.1:\d+: let spec\.imageCredentials/),
    });
    await expect(trusting().putSource(ref, Buffer.from('x'), as('secret', 'other.test'))).rejects.toMatchObject({
      message: expect.stringContaining('none are given'),
    });
    await expect(trusting().putSource(ref, Buffer.from('x'), as('wrong'))).rejects.toMatchObject({
      code: 'RegistryDenied',
      message: expect.stringContaining('does not take the user and password'),
    });
  });

  it('whose certificate nobody vouches for is not spoken to, and that is said at once', async () => {
    await expect(trusting({ certificates: undefined }).stat(`${guarded.host}/a:b`)).rejects.toMatchObject({
      code: 'RegistryUnavailable',
      message: expect.stringContaining('registry.certificates'),
    });
  });

  it('without TLS is not spoken to unless it was named, and that is said', async () => {
    await expect(trusting().stat(`${plain.host}/a:b`)).rejects.toMatchObject({
      code: 'RegistryUnavailable',
      message: expect.stringContaining('registry.plainHttp'),
    });
  });
});
