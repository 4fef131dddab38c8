import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workloadsContract, type Behaviour } from '@openfunction/workload/contract';
import type { Outcome } from '@openfunction/workload';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localWorkloads, type LocalWorkloads } from './local-workloads.ts';
import { openSandbox, type SandboxKind } from './sandbox.ts';

const testing = join(import.meta.dirname, '../testing');
const searchPath = '/usr/local/bin:/usr/bin:/bin';

function open(dir: string, sandbox: SandboxKind): LocalWorkloads {
  const runner = { command: process.execPath, args: [join(testing, 'fake-runner.mjs')] };
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

  async function outcomeOf(sandbox: SandboxKind, env: Record<string, string>, memory?: string): Promise<Outcome> {
    const subject = open(dir, sandbox);
    workloads = subject;
    const key = { namespace: 'default', name: 'task' };
    await subject.apply({ key, artifact: { kind: 'runner', runtime: 'node' }, replicas: 1, template: { env, memory }, run: 'once' });
    await expect.poll(async () => (await subject.list())[0]?.finished, { timeout: 15_000 }).toBeDefined();
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

  it('ends an instance that takes more memory than its limit', async () => {
    expect(await outcomeOf('none', { FAKE_BEHAVIOUR: 'eat' }, '150Mi')).toMatchObject({ succeeded: false, reason: 'OOMKilled' });
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
