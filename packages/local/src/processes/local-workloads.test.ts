import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workloadsContract, type Behaviour } from '@openfunction/workload/contract';
import type { InstanceTemplate, Outcome } from '@openfunction/workload';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localWorkloads, type LocalWorkloads } from './local-workloads.ts';
import { processTable } from './process-table.ts';
import { openSandbox, type SandboxKind } from './sandbox.ts';

const testing = join(import.meta.dirname, '../testing');
const searchPath = '/usr/local/bin:/usr/bin:/bin';

function open(dir: string, sandbox: SandboxKind): LocalWorkloads {
  const runner = {
    command: process.execPath,
    args: [join(testing, 'fake-runner.mjs')],
    limitArgs: ({ memoryBytes = 2 ** 30 }): string[] => [`--max-old-space-size=${memoryBytes / 2 ** 21}`],
  };
  return localWorkloads({ dir, runtimes: { node: runner }, sandbox, readOnlyPaths: [testing], searchPath });
}

const hasBwrap = openSandbox('auto', searchPath).isolation.kind === 'bwrap';

describe.each(['none', 'permission', 'bwrap'] as const)('localWorkloads with the sandbox %s', (sandbox) => {
  describe.skipIf(sandbox === 'bwrap' && !hasBwrap)('where it is available', () => {
    workloadsContract(async () => {
      const dir = mkdtempSync(join(tmpdir(), 'ofn-local-'));
      let current = open(dir, sandbox);
      return {
        workloads: current,
        artifact: { kind: 'runner', runtime: 'node' },
        templateFor: (behaviour: Behaviour) => ({ env: { FAKE_BEHAVIOUR: behaviour } }),
        recreate: async () => {
          current.close();
          current = open(dir, sandbox);
          return current;
        },
        close: async () => {
          await current.shutdown();
          rmSync(dir, { recursive: true, force: true });
        },
      };
    });
  });
});

describe('localWorkloads', () => {
  let dir: string;
  let workloads: LocalWorkloads | undefined;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'ofn-local-'));
  });
  afterEach(async () => {
    await workloads?.shutdown();
    rmSync(dir, { recursive: true, force: true });
  });

  async function outcomeOf(
    sandbox: SandboxKind,
    env: Record<string, string>,
    limits: Pick<InstanceTemplate, 'memory' | 'ephemeralStorage'> = {},
  ): Promise<Outcome> {
    const subject = open(dir, sandbox);
    workloads = subject;
    const key = { namespace: 'default', name: 'task' };
    await subject.apply({ key, artifact: { kind: 'runner', runtime: 'node' }, replicas: 1, template: { env, ...limits }, run: 'once' });
    await expect.poll(async () => (await subject.list())[0]?.finished, { timeout: 30_000 }).toBeDefined();
    return (await subject.list())[0]!.finished!;
  }

  it.for(['permission', 'bwrap'] as const)('hides the data folder from an instance with the sandbox %s', async (sandbox, context) => {
    if (sandbox === 'bwrap' && !hasBwrap) return context.skip('bubblewrap does not work here');
    const target = join(dir, 'secret');
    writeFileSync(target, 'secret');
    expect(await outcomeOf(sandbox, { FAKE_BEHAVIOUR: 'read', FAKE_TARGET: target })).toMatchObject({ message: 'hidden' });
  });

  it('shows it without a sandbox, as its isolation says', async () => {
    const target = join(dir, 'secret');
    writeFileSync(target, 'secret');
    expect(await outcomeOf('none', { FAKE_BEHAVIOUR: 'read', FAKE_TARGET: target })).toMatchObject({ message: 'secret' });
    expect(workloads?.isolation()).toMatchObject({ kind: 'none' });
  });

  it.skipIf(!hasBwrap)('gives an instance in bubblewrap no rights, no neighbours and a folder for temporary files of its own', async () => {
    const outcome = await outcomeOf('bwrap', { FAKE_BEHAVIOUR: 'look', FAKE_TARGET: join(dir, 'instances') });
    const seen = JSON.parse(outcome.message) as { temporary: string[]; neighbours: string[]; processes: number; environment: string[] };
    expect(seen).toMatchObject({ capabilities: '0000000000000000', noNewPrivileges: '1', oomScore: 800 });
    // What lies below /tmp and is shown on purpose: the way to the instance's own folder, and to this code where a clone lies there.
    const shown = [dir, import.meta.dirname].map((folder) => /^\/tmp\/([^/]+)/.exec(folder)?.[1]);
    expect(seen.temporary.filter((name) => !shown.includes(name))).toEqual(['left-behind']);
    // Its own folder alone is there, and its own processes.
    expect(seen.neighbours).toEqual([(await workloads!.list())[0]!.id]);
    expect(seen.processes).toBeLessThanOrEqual(3);
    expect(seen.environment).toEqual(
      [
        'FAKE_BEHAVIOUR',
        'FAKE_TARGET',
        'HOME',
        'OFN_CONTROL',
        'OFN_INSTANCE_ID',
        'OFN_RESULT',
        'OFN_TRAFFIC',
        'OFN_WORK_DIR',
        'PATH',
        'PWD',
        'TMPDIR',
      ].filter((name) => name !== 'PWD' || seen.environment.includes('PWD')),
    );
    expect(existsSync('/tmp/left-behind')).toBe(false);
  });

  it.for(['none', 'bwrap'] as const)('ends an instance that starts ever more processes, with the sandbox %s', async (sandbox, context) => {
    if (sandbox === 'bwrap' && !hasBwrap) return context.skip('bubblewrap does not work here');
    const ended = await outcomeOf(sandbox, { FAKE_BEHAVIOUR: 'fork' });
    expect(ended.succeeded).toBe(false);
    const left = (): string =>
      spawnSync('/bin/sh', ['-c', 'ls -l /proc/*/cwd 2>/dev/null | grep -c "$1"', 'sh', dir], { encoding: 'utf8' }).stdout.trim();
    await expect.poll(left, { timeout: 10_000 }).toBe('0');
  });

  it('tells an engine that ran out of its heap from other ends', async () => {
    expect(await outcomeOf('none', { FAKE_BEHAVIOUR: 'heap' }, { memory: '64Mi' })).toMatchObject({
      succeeded: false,
      reason: 'OOMKilled',
    });
  });

  it('finds an instance that its control process started and did not live to write down', async () => {
    const first = open(dir, 'none');
    const pool = {
      key: { namespace: 'default', name: 'p' },
      artifact: { kind: 'runner', runtime: 'node' } as const,
      replicas: 1,
      template: { env: { FAKE_BEHAVIOUR: 'serve' } },
      run: 'serve' as const,
    };
    await first.apply(pool);
    await expect.poll(async () => (await first.list())[0]?.phase, { timeout: 15_000 }).toBe('Ready');
    const { id } = (await first.list())[0]!;
    first.close();
    const file = join(dir, 'instances', id, 'state.json');
    const { process: known, ...unwritten } = JSON.parse(readFileSync(file, 'utf8')) as { process: { pid: number } };
    writeFileSync(file, JSON.stringify(unwritten));
    const second = open(dir, 'none');
    workloads = second;
    await second.apply(pool);
    expect(await second.list()).toMatchObject([{ id, phase: 'Ready' }]);
    await second.destroy(id);
    await expect.poll(() => existsSync(`/proc/${known.pid}`)).toBe(false);
  });

  it('leaves no process when it shuts down', async () => {
    const subject = open(dir, 'none');
    const template = { env: { FAKE_BEHAVIOUR: 'serve' } };
    const key = { namespace: 'default', name: 'p' };
    await subject.apply({ key, artifact: { kind: 'runner', runtime: 'node' }, replicas: 3, template, run: 'serve' });
    await expect.poll(async () => (await subject.list()).every(({ phase }) => phase === 'Ready'), { timeout: 15_000 }).toBe(true);
    const pids = readdirSync(join(dir, 'instances')).map((id) => Number(readFileSync(join(dir, 'instances', id, 'pid'), 'utf8')));
    expect(pids).toHaveLength(3);
    await subject.shutdown();
    await expect.poll(() => pids.filter((pid) => processTable(process.platform).startTimeOf(pid) !== undefined)).toEqual([]);
  });

  it('ends an instance that takes more memory than its limit', async () => {
    expect(await outcomeOf('none', { FAKE_BEHAVIOUR: 'eat' }, { memory: '150Mi' })).toMatchObject({
      succeeded: false,
      reason: 'OOMKilled',
    });
  });

  it('ends an instance that writes more files than its limit', async () => {
    const filling = outcomeOf('none', { FAKE_BEHAVIOUR: 'fill' }, { ephemeralStorage: '20Mi' });
    expect(await filling).toMatchObject({ succeeded: false, reason: 'StorageExceeded' });
  });

  it('does not read for an instance what it linked its result to', async () => {
    const target = join(dir, 'secret');
    writeFileSync(target, 'secret');
    expect(await outcomeOf('none', { FAKE_BEHAVIOUR: 'link-result', FAKE_TARGET: target })).toMatchObject({ message: '' });
  });

  it('does not wait for an instance that made a pipe of its result', async () => {
    expect(await outcomeOf('none', { FAKE_BEHAVIOUR: 'pipe-result' })).toMatchObject({ message: '' });
  });

  it('empties a log that its instance made terabytes long without copying all of it', async () => {
    const subject = open(dir, 'none');
    workloads = subject;
    const key = { namespace: 'default', name: 'long' };
    const template = { env: { FAKE_BEHAVIOUR: 'long-log' } };
    await subject.apply({ key, artifact: { kind: 'runner', runtime: 'node' }, replicas: 1, template, run: 'once' });
    const { id } = (await subject.list())[0]!;
    const sizeOf = (file: string): number | undefined => statSync(join(dir, 'instances', id, file), { throwIfNoEntry: false })?.size;
    await expect.poll(() => sizeOf('stdout.1'), { timeout: 15_000 }).toBe(5 * 2 ** 20);
    expect(sizeOf('stdout')).toBe(0);
  });

  it('removes an instance that left folders deeper than a path can name, and starts again over what is left of it', async () => {
    await outcomeOf('none', { FAKE_BEHAVIOUR: 'nest' });
    const { id } = (await workloads!.list())[0]!;
    workloads!.close();
    rmSync(join(dir, 'instances', id, 'state.json'));
    const again = open(dir, 'none');
    workloads = again;
    expect(await again.list()).toEqual([]);
    await expect.poll(() => readdirSync(dir).flatMap((folder) => readdirSync(join(dir, folder))), { timeout: 60_000 }).toEqual([]);
  }, 90_000);

  it('reaches its instances when a link leads to its folder', async () => {
    const target = join(dir, 'target');
    mkdirSync(target);
    symlinkSync(target, join(dir, 'link'));
    const subject = open(join(dir, 'link'), 'none');
    workloads = subject;
    const key = { namespace: 'default', name: 'linked' };
    const template = { env: { FAKE_BEHAVIOUR: 'serve' } };
    await subject.apply({ key, artifact: { kind: 'runner', runtime: 'node' }, replicas: 1, template, run: 'serve' });
    await expect.poll(async () => (await subject.list())[0]?.phase, { timeout: 15_000 }).toBe('Ready');
  });

  it('keeps socket paths short below a long folder', async () => {
    const subject = open(join(dir, 'long'.repeat(30)), 'none');
    workloads = subject;
    const template = { env: { FAKE_BEHAVIOUR: 'serve' } };
    await subject.apply({
      key: { namespace: 'default', name: 'p' },
      artifact: { kind: 'runner', runtime: 'node' },
      replicas: 1,
      template,
      run: 'serve',
    });
    await expect.poll(async () => (await subject.list())[0]?.phase, { timeout: 15_000 }).toBe('Ready');
  });

  it('refuses an image and says what to do', async () => {
    workloads = open(dir, 'none');
    const image = {
      key: { namespace: 'default', name: 'p' },
      artifact: { kind: 'image', ref: 'a/b:1' } as const,
      replicas: 1,
      template: {},
      run: 'serve' as const,
    };
    await expect(workloads.apply(image)).rejects.toMatchObject({ code: 'ArtifactNotRunnable' });
  });
});
