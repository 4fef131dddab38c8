import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { memoryArtifacts, writeTar, type Artifacts } from '@openfunction/artifact';
import {
  buildProgram,
  startBuilder,
  type BuilderService,
  type HttpExchangeOptions,
  type BuildResponse,
  type StartedBuilder,
} from '@openfunction/builder';
import { codeCacheMaker } from '@openfunction/functions-framework/runner';
import { localWorkloads, type LocalWorkloads } from '@openfunction/local';
import { realClock } from '@openfunction/reconcile';
import { builderKind } from '@openfunction/resources';
import { memoryStore, type Store } from '@openfunction/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentials } from './credentials.ts';
import { dataFolder } from './data-folder.ts';

const searchPath = '/usr/local/bin:/usr/bin:/bin';
const resources = { cpu: '1', memory: '640Mi', ephemeralStorage: '40Mi' };
const image = 'r.test/demo/fn:v1';

/** What a machine has: it stays when the control process does not. */
interface Ground {
  dir: string;
  store: Store;
  artifacts: Artifacts;
  sandbox: 'bwrap' | 'permission';
}

interface Running {
  workloads: LocalWorkloads;
  builder: StartedBuilder;
}

async function start(
  { dir, store, artifacts, sandbox }: Ground,
  tls?: Pick<HttpExchangeOptions, 'listen' | 'tls' | 'reach'>,
): Promise<Running> {
  const shared = path.join(dir, 's');
  mkdirSync(shared, { recursive: true });
  const program = buildProgram();
  const workloads = localWorkloads({
    dir: path.join(dir, 'w'),
    runtimes: { build: { command: process.execPath, ...program, sharedFolders: [shared], startsPrograms: true } },
    sandbox,
    searchPath,
  });
  const builder = await startBuilder({
    store,
    workloads,
    artifacts,
    exchange: { ...(tls ?? { listen: { path: path.join(shared, 'build.sock') } }), key: Buffer.alloc(32, 1), dir: path.join(dir, 'out') },
    environment: {
      OFN_CACHE_MAKER: JSON.stringify(codeCacheMaker()),
      ...(sandbox === 'bwrap' ? { OFN_INSTALL_SCRIPTS: 'allowed' } : {}),
    },
    clock: realClock,
    log: () => undefined,
    resources,
  });
  return { workloads, builder };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Of every process of this machine. */
function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });
}

function hasBwrap(): boolean {
  const dir = mkdtempSync(path.join(tmpdir(), 'ofn-trial-'));
  try {
    const trial = localWorkloads({ dir, runtimes: {}, sandbox: 'auto', searchPath });
    trial.close();
    return trial.isolation().kind === 'bwrap';
  } finally {
    rmSync(dir, { recursive: true });
  }
}
const bwrap = hasBwrap();
if (!bwrap) console.log('Builds under bubblewrap are not tried: it is not installed here, or user namespaces are forbidden.');

describe.each(['bwrap', 'permission'] as const)('a build under %s', (sandbox) => {
  describe.skipIf(sandbox === 'bwrap' && !bwrap)('where that works', () => {
    let ground: Ground;
    let running: Running;
    beforeEach(async () => {
      ground = { dir: mkdtempSync(path.join(tmpdir(), 'ofn-build-')), store: memoryStore(), artifacts: memoryArtifacts(), sandbox };
      running = await start(ground);
    });
    afterEach(async () => {
      await running.builder.close();
      await running.workloads.shutdown();
      rmSync(ground.dir, { recursive: true, force: true });
    });

    async function build(
      source: string,
      { timeout = '60s', files = {}, env = {} }: { timeout?: string; files?: Record<string, string>; env?: Record<string, string> } = {},
    ): Promise<AsyncIterable<BuildResponse>> {
      const name = 'b1';
      await ground.artifacts.putSource(
        `r.test/demo/${name}:source`,
        await writeTar(
          Object.entries({ 'index.mjs': source, ...files }).map(([path, text]) => ({ path, kind: 'file', bytes: Buffer.from(text) })),
        ),
      );
      const spec = {
        builder: 'openfunction/builder-node',
        image,
        timeout,
        env,
        srcRepo: { bundleContainer: { image: `r.test/demo/${name}:source` } },
      };
      const object = {
        apiVersion: 'core.openfunction.io/v1beta2' as const,
        kind: 'Builder' as const,
        metadata: { namespace: 'demo', name },
        spec,
      };
      const uid = (await ground.store.create(builderKind, object)).metadata.uid ?? '';
      return running.builder.service.build({ builder: `demo/${name}`, uid, specJson: JSON.stringify(spec) }, new AbortController().signal);
    }

    async function ended(responses: Promise<AsyncIterable<BuildResponse>>): Promise<BuildResponse | undefined> {
      let last: BuildResponse | undefined;
      for await (const response of await responses) last = response;
      return last;
    }

    async function logOf(service: BuilderService): Promise<string> {
      let text = '';
      const uid = (await ground.store.get(builderKind, { namespace: 'demo', name: 'b1' }))?.metadata.uid ?? '';
      for await (const line of service.log({ builder: 'demo/b1', uid }, new AbortController().signal)) text += `${line.text}\n`;
      return text;
    }

    it('ends with what it takes of memory', async () => {
      const eats = 'const all = []; setInterval(() => all.push(Buffer.alloc(8 * 2 ** 20, 1)), 5); await new Promise(() => {});';
      expect(await ended(build(eats))).toMatchObject({ state: 'Failed', reason: 'OutOfMemory' });
    });

    it('ends with what it writes', async () => {
      const fills = `import { appendFileSync } from 'node:fs'; setInterval(() => appendFileSync('x', Buffer.alloc(4 * 2 ** 20, 1)), 20); await new Promise(() => {});`;
      expect(await ended(build(fills))).toMatchObject({ state: 'Failed', reason: 'OutOfStorage' });
    });

    it('ends at its timeout when it hangs', async () => {
      const hangs = ended(build('for (;;);', { timeout: '2s' }));
      expect(await hangs).toMatchObject({ state: 'Timeout', reason: 'BuildTimeout', message: expect.stringContaining('2 s') });
    });

    // Elsewhere no script of a package runs at all.
    if (sandbox === 'bwrap') {
      it('ends with all that its scripts started, and cuts what they write', async () => {
        const marker = `86399.${process.pid}`;
        const sleepers = `for i in 1 2 3 4 5 6 7 8 9 10 11 12; do (sleep ${marker} &) ; done`;
        const files = {
          'package.json': JSON.stringify({ scripts: { postinstall: 'sh ./loop.sh' }, dependencies: { own: 'file:./own' } }),
          'own/package.json': '{"name":"own","version":"1.0.0"}',
          'loop.sh': `${sleepers}\nwhile true; do echo 'a line that comes again and again and again'; done`,
        };
        const env = { NPM_CONFIG_IGNORE_SCRIPTS: 'false' };
        const last = await ended(build('export const main = 1', { timeout: '6s', files, env }));
        // By its time, or because its installer wrote too much: whichever comes first on this machine.
        expect([last?.state, last?.reason]).toEqual(
          expect.arrayContaining([expect.stringMatching(/Timeout|Failed/), expect.stringMatching(/BuildTimeout|InstallFailed/)]),
        );
        const log = await logOf(running.builder.service);
        expect(log).toContain('again and again');
        expect(log.length).toBeLessThan(1.3 * 2 ** 20);
        await expect.poll(() => commandLines().filter((line) => line.includes(marker)), { timeout: 10_000 }).toEqual([]);
      });
    }

    it('does without a cache when the function never stops writing', async () => {
      expect(await ended(build(`for (;;) process.stdout.write('x'.repeat(999) + '\\n');`))).toMatchObject({ state: 'Succeeded' });
      const log = await logOf(running.builder.service);
      expect(log).toContain('There is no code cache');
      expect(log.length).toBeLessThan(2000);
    });

    it('shows the function nothing of the platform, of other builds, or of this one', async () => {
      const { dir } = ground;
      mkdirSync(path.join(dir, 'other'), { recursive: true });
      writeFileSync(path.join(dir, 'other/secret'), 'hidden');
      const tries = `
        import { readFileSync, readdirSync } from 'node:fs';
        import { execFileSync } from 'node:child_process';
        const found = [];
        const attempt = (name, work) => { try { work(); found.push(name); } catch {} };
        attempt('secret', () => readFileSync(${JSON.stringify(path.join(dir, 'other/secret'))}));
        attempt('data', () => readdirSync(${JSON.stringify(dir)}));
        attempt('instances', () => readdirSync(${JSON.stringify(path.join(dir, 'w/instances'))}));
        attempt('home', () => readdirSync(${JSON.stringify(process.env['HOME'] ?? '/root')}));
        attempt('passwords', () => readFileSync('/etc/shadow'));
        attempt('parent', () => readFileSync('/proc/' + process.ppid + '/environ'));
        attempt('source', () => readdirSync('../../source'));
        attempt('program', () => execFileSync('/bin/true'));
        for (const name of Object.keys(process.env)) if (name.startsWith('OFN_')) found.push(name);
        throw new Error('found ' + JSON.stringify(found));`;
      expect(await ended(build(tries))).toMatchObject({ state: 'Succeeded' });
      expect(await logOf(running.builder.service)).toContain('Error: found []');
    });

    it('speaks TLS with a builder that is elsewhere, as in a cluster, and with nobody else', async () => {
      await running.builder.close();
      running.workloads.close();
      const keys = await credentials(dataFolder(path.join(ground.dir, 'd')), Date.now());
      const port = await freePort();
      const tls = { key: keys.certificateKey, cert: keys.certificate };
      const reach = { url: `https://127.0.0.1:${port}`, ca: keys.certificate };
      running = await start(ground, { listen: { host: '127.0.0.1', port }, tls, reach });
      expect(await ended(build(`export const main = (req, res) => res.send('x');`))).toMatchObject({ state: 'Succeeded' });
      await expect(fetch(reach.url)).rejects.toThrow();
    });

    it('goes on while the control process restarts, and is found again', async () => {
      const slow = `await new Promise((resolve) => setTimeout(resolve, 1500)); export const main = (req, res) => res.send('x');`;
      const first = build(slow);
      for await (const { state } of await first) if (state === 'Building') break;
      await expect.poll(async () => (await running.workloads.list()).length).toBe(1);
      const [before] = await running.workloads.list();
      await running.builder.close();
      running.workloads.close();
      running = await start(ground);
      await expect.poll(async () => (await ground.artifacts.stat(image))?.kind, { timeout: 15_000 }).toBe('module');
      expect(before?.owner?.kind).toBe('Builder');
      await expect.poll(() => running.workloads.list()).toEqual([]);
    });
  });
});
