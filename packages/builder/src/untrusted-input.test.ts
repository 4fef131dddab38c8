import { Readable } from 'node:stream';
import { parseDockerConfig, writeTar } from '@openfunction/artifact';
import { assert, asyncProperty, constantFrom, oneof, property, record, string, tuple, uint8Array, webUrl, array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confinedPath, durationSeconds, planBuild } from './build/plan.ts';
import { packOutput, unpackOutput } from './exchange/output-archive.ts';
import { sourceRevision, sourceUrl } from './git/source-url.ts';

const isRefusal = (error: unknown): boolean => error instanceof Error && 'code' in error && typeof error.code === 'string';

/** Whatever comes: a value, or an error that says what to change. */
function refusesWell(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    expect(error).toSatisfy(isRefusal);
  }
}

describe('what users and builds send', () => {
  it('is a path inside the source, or refused', () => {
    const part = oneof(constantFrom('..', '.', '', '/', '\\', 'a', '\0', '…'), string());
    assert(
      property(array(part), (parts) =>
        refusesWell(() => {
          const path = confinedPath(parts.join('/'));
          expect(path.split('/')).not.toContain('..');
          expect(path.startsWith('/')).toBe(false);
        }),
      ),
    );
  });

  it('is an http(s) or ssh address without a password, or refused', () => {
    const prefix = constantFrom(
      '',
      '-',
      'ext::',
      'file://',
      'ssh://',
      'git@',
      'git@h.test:',
      'http://user:pw@',
      'https://',
      'HTTP://',
      ' http://',
    );
    assert(
      property(prefix, oneof(string(), webUrl()), (before, rest) =>
        refusesWell(() => {
          const url = sourceUrl(before + rest);
          expect(['http:', 'https:', 'ssh:']).toContain(url.protocol);
          expect(url.password).toBe('');
          if (url.protocol === 'ssh:') expect(url.pathname).toMatch(/^[\w./~+@-]+$/);
        }),
      ),
    );
  });

  it('is a revision that no program takes for an option, or refused', () => {
    assert(property(string(), (text) => refusesWell(() => expect(sourceRevision(text)).toMatch(/^[A-Za-z0-9]/))));
  });

  it('is a duration of a second to a day, or refused', () => {
    assert(
      property(oneof(string(), constantFrom('1h', '1.5h', '0s', '1e9h', '9999999999h', '-1s', '1h30m')), (text) =>
        refusesWell(() => {
          const seconds = durationSeconds(text);
          expect(seconds).toBeGreaterThanOrEqual(1);
          expect(seconds).toBeLessThanOrEqual(86_400);
        }),
      ),
    );
  });

  it('is an order that can be planned, or refused', () => {
    const order = record({
      image: string(),
      builder: oneof(string(), constantFrom('openfunction/builder-node:latest')),
      env: record({ FUNC_TYPE: string(), FUNC_SRC: string() }, { requiredKeys: [] }),
      srcRepo: record({ url: oneof(string(), webUrl()), sourceSubPath: string() }, { requiredKeys: [] }),
    });
    assert(property(order, (given) => refusesWell(() => planBuild(given))));
  });

  it('is a Docker config, or refused without being shown', () => {
    assert(
      property(string({ minLength: 8 }), (text) => {
        try {
          parseDockerConfig(text);
        } catch (error) {
          expect(String(error)).not.toContain(text);
        }
      }),
    );
  });

  it('is an output that comes back as it was packed', async () => {
    const cache = tuple(constantFrom('v24.1.0-x64-1', 'v22.1.0-arm64-2'), uint8Array());
    await assert(
      asyncProperty(uint8Array(), uint8Array(), uint8Array(), cache, async (manifest, bundle, assets, [key, bytes]) => {
        const output = { manifest, bundle, assets, caches: [{ key, bytes }] };
        const read = await unpackOutput(Readable.from([await packOutput(output)]));
        expect(Buffer.from(read.manifest).equals(manifest) && Buffer.from(read.bundle).equals(bundle)).toBe(true);
        expect(read.caches.map((each) => each.key)).toEqual([key]);
      }),
      { numRuns: 50 },
    );
  });

  it('is an output, or refused, however it is damaged', async () => {
    const whole = await packOutput({ manifest: Buffer.from('{}'), bundle: Buffer.from('x'), assets: new Uint8Array(), caches: [] });
    const change = tuple(constantFrom(0, 100, 124, 148, 156, 257, 345, 512, 1024, 1100), uint8Array({ minLength: 1, maxLength: 30 }));
    await assert(
      asyncProperty(change, constantFrom(whole.length, 700, 1500), async ([at, bytes], length) => {
        const damaged = Buffer.from(whole).subarray(0, length);
        if (at < damaged.length) damaged.set(bytes.subarray(0, damaged.length - at), at);
        await unpackOutput(Readable.from([damaged])).catch((error: unknown) => expect(error).toSatisfy(isRefusal));
      }),
      { numRuns: 200 },
    );
    await expect(unpackOutput(Readable.from([await writeTar([])]))).rejects.toMatchObject({ code: 'BuildFailed' });
  });
});
