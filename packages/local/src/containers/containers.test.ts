import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Instance, InstanceTemplate, Workload } from '@openfunction/workload';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bytesBelow } from '../processes/disk-usage.ts';
import { localWorkloads, type LocalWorkloads } from '../processes/local-workloads.ts';
import { limitsCpu } from './cpu.ts';
import { findContainers } from './find-containers.ts';
import type { ImageFiles, ImageSource } from './image-source.ts';

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const found = findContainers(process.platform, searchPath);
const patience = { timeout: 30_000, interval: 50 };

const program = `
const { createServer } = require('node:http');
const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync, readdirSync, writeFileSync } = require('node:fs');
const { networkInterfaces } = require('node:os');
const attempt = (what) => { try { return String(what()); } catch (error) { return error.code; } };
const locks = () => ({
  status: readFileSync('/proc/self/status', 'utf8'),
  namespace: spawnSync('/unshare', ['--user', '/node', '--version'], { encoding: 'utf8' }).stderr,
  kernel: attempt(() => writeFileSync('/proc/sys/kernel/hostname', 'mine')),
  keys: attempt(() => readFileSync('/proc/keys', 'utf8')),
});
if (process.env.CRASH) process.exit(Number(process.env.CRASH));
let isReady = true;
const server = createServer(async (request, response) => {
  if (request.url === '/ready') return response.writeHead(isReady ? 200 : 503).end();
  if (request.url === '/unready') isReady = false;
  if (request.url === '/back') isReady = true;
  const url = request.headers['x-fetch'];
  const fetched = url ? await fetch(url, { signal: AbortSignal.timeout(3000) }).then((answer) => answer.text(), () => 'nothing') : undefined;
  const status = readFileSync('/proc/self/status', 'utf8');
  const seen = {
    env: process.env, pid: process.pid, uid: process.getuid(), args: process.argv.slice(2), cwd: process.cwd(),
    capabilities: /CapBnd:\\s*(\\S+)/.exec(status)[1], networks: Object.keys(networkInterfaces()),
    root: readdirSync('/'), fetched, outside: existsSync(process.env.OUTSIDE ?? '/none'),
    locks: request.url === '/locks' ? locks() : undefined,
    groups: process.getgroups(), gid: process.getgid(), home: process.env.HOME,
    written: request.url === '/write' ? attempt(() => (writeFileSync('/server.cjs', 'mine'), 'yes')) : undefined,
    own: readFileSync('/server.cjs', 'utf8') === 'mine',
    file: existsSync('/etc/conf/key') ? readFileSync('/etc/conf/key', 'utf8') : undefined,
  };
  setTimeout(() => response.end(JSON.stringify(seen)), Number(request.headers['x-sleep'] ?? 0));
});
server.listen(Number(process.env.LISTEN ?? 9898));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

/** Ends with 4, and says so, unless the program of the image is ready. */
const check =
  "require('http').get({ host: '127.0.0.1', port: 9898, path: '/ready' }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : (console.log('not ready'), 4)))";

function librariesOf(path: string): string[] {
  const lines = execFileSync('ldd', [path], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

/** Node and a program that makes namespaces with their libraries, and the program of the image. */
function makeRoot(folder: string): string {
  const root = join(folder, 'root');
  const unshare = execFileSync('/bin/sh', ['-c', 'command -v unshare'], { encoding: 'utf8', env: { PATH: searchPath } }).trim();
  const libraries = [...librariesOf(process.execPath), ...librariesOf(unshare)].map((path): [string, string] => [path, path]);
  for (const [from, to] of [[process.execPath, '/node'] as const, [unshare, '/unshare'] as const, ...libraries]) {
    mkdirSync(dirname(root + to), { recursive: true });
    copyFileSync(from, root + to);
  }
  writeFileSync(join(root, 'server.cjs'), program);
  return root;
}

describe.skipIf('missing' in found)('containers on this machine (needs runc and user namespaces)', () => {
  let image: string;
  let dir: string;
  let workloads: LocalWorkloads;
  let pulls: ImageSource['pull'];
  let user: ImageFiles['user'];
  const open = (programs = searchPath): LocalWorkloads =>
    localWorkloads({ dir, runtimes: {}, sandbox: 'auto', searchPath: programs, images: { pull: (...args) => pulls(...args) } });

  beforeAll(() => {
    image = mkdtempSync(join(tmpdir(), 'ofn-image-'));
    makeRoot(image);
  });
  afterAll(() => rmSync(image, { recursive: true, force: true }));
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'ofn-containers-'));
    user = undefined;
    pulls = async () => ({
      user,
      root: join(image, 'root'),
      bytes: 1,
      config: { env: ['FROM_IMAGE=1', 'PATH=/bin'], entrypoint: ['/node', '/server.cjs'], command: ['by-image'], workingDir: '' },
    });
    workloads = open();
  });
  afterEach(async () => {
    await workloads.shutdown();
    rmSync(dir, { recursive: true, force: true });
  });

  const workload = (replicas: number, template: InstanceTemplate = {}, leaving: string[] = []): Workload => ({
    key: { namespace: 'n', name: 'w' },
    owner: { apiVersion: 'v1', kind: 'Serving', key: { namespace: 'n', name: 's' }, uid: 'u' },
    artifact: { kind: 'image', ref: 'registry.test/app:1' },
    replicas,
    run: 'serve',
    template: { port: 9898, ...template },
    leaving,
  });
  async function untilReady(count: number): Promise<Instance[]> {
    const ready = async (): Promise<Instance[]> => (await workloads.list()).filter(({ phase }) => phase === 'Ready');
    await expect.poll(async () => (await ready()).length, patience).toBe(count);
    return ready();
  }
  function call({ endpoints }: Instance, sleep = 0, fetches = '', path = '/'): Promise<Record<string, unknown>> {
    const socketPath = endpoints?.traffic.kind === 'unix' ? endpoints.traffic.path : '';
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath, path, headers: { 'x-sleep': String(sleep), 'x-fetch': fetches } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>));
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  it('sees its own files only, in a network and with processes of its own, without any right of the machine', async () => {
    await workloads.apply(workload(1, { env: { GIVEN: '2', OUTSIDE: dir }, files: [{ path: '/etc/conf/key', content: 'c2VjcmV0' }] }));
    const [instance] = await untilReady(1);
    expect(instance).toMatchObject({ plain: true, owner: { uid: 'u' } });
    const seen = await call(instance!);
    expect(seen).toMatchObject({ pid: 1, uid: 0, outside: false, file: 'secret', args: ['by-image'], cwd: '/' });
    // What leads outside comes a moment after the program, where it is installed.
    expect(seen['networks']).toEqual(expect.not.arrayContaining(['eth0']));
    expect(seen['env']).toMatchObject({ FROM_IMAGE: '1', GIVEN: '2', PATH: '/bin' });
    expect(seen['capabilities']).toBe('0000000000000000');
    expect(JSON.stringify(seen['env'])).not.toContain('OFN_');
  });

  it('makes no namespace, changes nothing of the kernel and gains no rights, and may listen on any port', async () => {
    await workloads.apply(workload(1, { port: 80, env: { LISTEN: '80' } }));
    const [instance] = await untilReady(1);
    const { locks } = (await call(instance!, 0, '', '/locks')) as { locks: Record<string, string> };
    // A filter of system calls, and no way to more rights by starting a program.
    expect(locks['status']).toMatch(/Seccomp:\s*2\n/);
    expect(locks['status']).toMatch(/NoNewPrivs:\s*1\n/);
    expect(locks['namespace']).toContain('Operation not permitted');
    expect(locks['kernel']).toBe('EROFS');
    expect(locks['keys']).toBe('');
  });

  it.skipIf('programs' in found && found.programs.slirp === undefined)(
    'reaches the outside, and not the loopback of the machine',
    async () => {
      await workloads.apply(workload(1));
      const [instance] = await untilReady(1);
      await expect.poll(async () => (await call(instance!))['networks'], patience).toEqual(['lo', 'tap0']);
      const server = createServer((_, response) => response.end('outside')).listen(0, '0.0.0.0');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      try {
        const loopback = await call(instance!, 0, `http://10.0.2.2:${port}/`);
        expect(loopback['fetched']).toBe('nothing');
        const [own] = Object.values(networkInterfaces())
          .flatMap((each) => each ?? [])
          .filter(({ family, internal }) => family === 'IPv4' && !internal);
        if (own !== undefined) expect((await call(instance!, 0, `http://${own.address}:${port}/`))['fetched']).toBe('outside');
      } finally {
        server.close();
      }
    },
  );

  it.skipIf(process.getuid?.() !== 0)(
    'runs as the user of its image, whom the machine knows by a number of nobody (needs root)',
    async () => {
      user = { inside: { uid: 100, gid: 101 }, outside: { uid: 0x7000_0064, gid: 0x7000_0065 } };
      await workloads.apply(workload(1, { env: { LISTEN: '80' }, port: 80, files: [{ path: '/etc/conf/key', content: 'c2VjcmV0' }] }));
      const [instance] = await untilReady(1);
      expect(await call(instance!, 0, '', '/write')).toMatchObject({
        uid: 100,
        gid: 101,
        groups: [101],
        capabilities: '0000000000000000',
        file: 'secret',
        written: 'EACCES',
      });
    },
  );

  describe('the files of an image', () => {
    const everyBox = (): Promise<number> => bytesBelow(join(dir, 'instances'), Infinity);
    async function showsOwnFiles(): Promise<void> {
      await workloads.apply(workload(2));
      const [one, other] = await untilReady(2);
      expect(await call(one!, 0, '', '/write')).toMatchObject({ written: 'yes', own: true });
      expect(await call(other!)).toMatchObject({ own: false });
      expect(readFileSync(join(image, 'root/server.cjs'), 'utf8')).toBe(program);
    }

    it('are there once for all that run, each of which sees only its own changes', async (context) => {
      await showsOwnFiles();
      if (workloads.imagesInUse().size === 0) return context.skip('overlayfs cannot be used here');
      expect([...workloads.imagesInUse()]).toEqual([join(image, 'root')]);
      expect(await everyBox()).toBeLessThan(statSync(process.execPath).size);
      workloads.close();
      workloads = open();
      expect([...workloads.imagesInUse()]).toEqual([join(image, 'root')]);
      await workloads.remove(workload(2).key);
      await expect.poll(() => workloads.imagesInUse().size, patience).toBe(0);
    });

    it('are copied where no layers can be mounted', async () => {
      await workloads.shutdown();
      const bin = join(dir, 'bin');
      mkdirSync(bin);
      const { runtime, nsenter, unshare } = 'programs' in found ? found.programs : { runtime: '', nsenter: '', unshare: '' };
      for (const path of [runtime, nsenter, unshare]) symlinkSync(path, join(bin, basename(path)));
      workloads = open(bin);
      await showsOwnFiles();
      expect(workloads.imagesInUse().size).toBe(0);
      expect(await everyBox()).toBeGreaterThan(2 * statSync(process.execPath).size);
    });
  });

  it.skipIf(!limitsCpu())('gives a container its part of the processors (needs root and control groups)', async () => {
    const container = { name: 'function', resources: { limits: { cpu: '500m' }, requests: { cpu: '250m' } } };
    expect(workloads.honours.has('imageCpu')).toBe(true);
    await workloads.apply(workload(1, { pod: { container: 0, template: { containers: [container] } } }));
    const [instance] = await untilReady(1);
    const pid = readFileSync(join(dir, 'instances', instance!.id, 'box/bundle/pid'), 'utf8').trim();
    const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
    const [, , own = ''] = groups.find((line) => line.split(':')[1]?.split(',').includes('cpu'))?.split(':') ?? [];
    const [, , unified = ''] = groups.find((line) => line.startsWith('0::'))?.split(':') ?? [];
    const files =
      own === '' ? [`/sys/fs/cgroup${unified}/cpu.max`] : ['quota', 'period'].map((of) => `/sys/fs/cgroup/cpu${own}/cpu.cfs_${of}_us`);
    expect(files.map((file) => readFileSync(file, 'utf8').trim()).join(' ')).toBe('50000 100000');
  });

  it('starts with the command, arguments and folder of its template', async () => {
    const container = { name: 'function', command: ['/node', '/server.cjs', 'given'], workingDir: '/proc' };
    await workloads.apply(workload(1, { pod: { container: 0, template: { containers: [container] } } }));
    const [instance] = await untilReady(1);
    expect(await call(instance!)).toMatchObject({ args: ['given'], cwd: '/proc' });
  });

  it('is not ready while its readiness probe fails, also after it was, by a port that has a name', async () => {
    const readinessProbe = { httpGet: { path: '/ready', port: 'web' }, periodSeconds: 1 };
    const container = { name: 'function', ports: [{ name: 'web', containerPort: 9898 }], readinessProbe };
    await workloads.apply(workload(1, { pod: { container: 0, template: { containers: [container] } } }));
    const [instance] = await untilReady(1);
    await call(instance!, 0, '', '/unready');
    await expect.poll(async () => (await workloads.list()).map(({ phase }) => phase), patience).toEqual(['Starting']);
    // It goes on as it is: nobody ends what may be ready again.
    await call(instance!, 0, '', '/back');
    expect((await untilReady(1)).map(({ id }) => id)).toEqual([instance!.id]);
  });

  describe('probes', () => {
    const serving = (probes: object): Workload =>
      workload(1, { pod: { container: 0, template: { containers: [{ name: 'function', ...probes }] } } });
    const often = { periodSeconds: 1, failureThreshold: 2 };

    it.each([
      ['a request', { httpGet: { path: '/ready', port: 9898 } }, 'GET /ready on port 9898: status 503'],
      ['a command', { exec: { command: ['/node', '-e', check] } }, 'its command ended with exit code 4: not ready'],
    ])('end a container whose liveness fails by %s, and say why while another takes its place', async (_, how, said) => {
      await workloads.apply(serving({ livenessProbe: { ...how, ...often, timeoutSeconds: 5 } }));
      const [first] = await untilReady(1);
      await call(first!, 0, '', '/unready');
      const failed = async (): Promise<Instance | undefined> => (await workloads.list()).find(({ phase }) => phase === 'Failed');
      await expect.poll(failed, patience).toMatchObject({
        id: first!.id,
        finished: { reason: 'Unhealthy', message: `failed its liveness probe 2 times in a row (${said})` },
      });
      expect((await untilReady(1)).map(({ id }) => id)).not.toContain(first!.id);
    });

    it('are done by commands as what the container is, and end one that takes too long', async () => {
      const write =
        "require('fs').writeFileSync('/proc/self/fd/2', [process.getuid(), require('fs').readFileSync('/proc/self/status', 'utf8').match(/CapEff:\\s*(\\S+)/)[1], process.env.GIVEN].join(' ')); process.exit(1)";
      await workloads.apply(
        workload(1, {
          env: { GIVEN: '2' },
          pod: {
            container: 0,
            template: { containers: [{ name: 'function', startupProbe: { exec: { command: ['/node', '-e', write] }, ...often } }] },
          },
        }),
      );
      const message = async (): Promise<string> => (await workloads.list()).map(({ finished }) => finished?.message ?? '').join();
      await expect
        .poll(message, patience)
        .toContain('failed its startup probe 2 times in a row (its command ended with exit code 1: 0 0000000000000000 2)');
      await workloads.apply(serving({ livenessProbe: { exec: { command: ['/node', '-e', 'setInterval(() => {}, 1000)'] }, ...often } }));
      await expect.poll(message, patience).toContain('its command took more than 1 s');
    });

    it('of readiness by a command decide who gets requests', async () => {
      await workloads.apply(serving({ readinessProbe: { exec: { command: ['/node', '-e', check] }, ...often, timeoutSeconds: 5 } }));
      const [instance] = await untilReady(1);
      await call(instance!, 0, '', '/unready');
      await expect.poll(async () => (await workloads.list()).map(({ phase }) => phase), patience).toEqual(['Starting']);
      await call(instance!, 0, '', '/back');
      expect((await untilReady(1)).map(({ id }) => id)).toEqual([instance!.id]);
    });
  });

  it('lets several serve on the same port, and the one that is to leave answer what it has', async () => {
    await workloads.apply(workload(2));
    const [leaves, stays] = await untilReady(2);
    const answer = call(leaves!, 1500);
    await new Promise((resolve) => setImmediate(resolve));
    await workloads.apply(workload(1, {}, [leaves!.id]));
    expect((await workloads.list()).map(({ id }) => id)).toEqual([stays!.id]);
    expect(await answer).toMatchObject({ pid: 1 });
    await expect.poll(() => existsSync(join(dir, 'instances', leaves!.id)), patience).toBe(false);
    expect(await call(stays!)).toMatchObject({ pid: 1 });
  });

  it('says with which exit code a container ended, and starts it again', async () => {
    await workloads.apply(workload(1, { env: { CRASH: '3' } }));
    const trouble = async (): Promise<string> => (await workloads.list()).map(({ trouble: said }) => said?.message).join();
    await expect.poll(trouble, patience).toContain('exit code 3');
    const [first] = (await workloads.list()).filter(({ phase }) => phase === 'Failed');
    await expect.poll(async () => (await workloads.list()).some(({ id }) => id !== first!.id), patience).toBe(true);
    await workloads.apply(workload(0));
    await expect.poll(() => workloads.list(), patience).toEqual([]);
  });

  it('says why an image cannot be had, and goes on when it can', async () => {
    const good = pulls;
    pulls = () => Promise.reject(new Error('The registry does not answer.'));
    await workloads.apply(workload(1));
    await expect
      .poll(async () => (await workloads.list())[0]?.trouble, patience)
      .toMatchObject({
        code: 'ImagePullFailed',
        message: 'The image "registry.test/app:1" cannot be pulled: The registry does not answer.',
      });
    pulls = good;
    expect((await untilReady(1))[0]?.trouble).toBeUndefined();
  });

  it('finds its containers again after its own end, and leaves nothing when they end', async () => {
    await workloads.apply(workload(1));
    const [before] = await untilReady(1);
    workloads.close();
    workloads = open();
    await workloads.apply(workload(1));
    expect(await untilReady(1)).toMatchObject([{ id: before!.id }]);
    expect(await call(before!)).toMatchObject({ pid: 1 });
    await workloads.remove(workload(1).key);
    await expect.poll(() => readdirSync(join(dir, 'containers')), patience).toEqual([]);
    await expect.poll(() => existsSync(join(dir, 'instances', before!.id)), patience).toBe(false);
  });
});

it('runs no images with a runtime that filters no system calls', () => {
  const bin = mkdtempSync(join(tmpdir(), 'ofn-bin-'));
  try {
    writeFileSync(join(bin, 'runc'), '#!/bin/sh\necho runc version 1.1.5', { mode: 0o755 });
    expect(findContainers('linux', `${bin}:${searchPath}`)).toEqual({ missing: expect.stringContaining('libseccomp') });
  } finally {
    rmSync(bin, { recursive: true, force: true });
  }
});

it('runs no images where the programs for it are missing, and says what to install', async () => {
  expect(findContainers('linux', '/nowhere')).toEqual({ missing: expect.stringContaining('Install runc') });
  expect(findContainers('darwin', '/usr/bin')).toEqual({ missing: expect.stringContaining('Linux') });
  const dir = mkdtempSync(join(tmpdir(), 'ofn-containers-'));
  const images: ImageSource = { pull: () => Promise.reject(new Error('never')) };
  const workloads = localWorkloads({ dir, runtimes: {}, sandbox: 'auto', searchPath: '/nowhere', images });
  try {
    expect(workloads.runs.has('image')).toBe(false);
    expect(workloads.imagesMissing()).toContain('Install runc');
  } finally {
    await workloads.shutdown();
    rmSync(dir, { recursive: true, force: true });
  }
});
