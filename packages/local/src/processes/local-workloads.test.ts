import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workloadsContract, type Behaviour } from '@openfunction/workload/contract';
import { describe } from 'vitest';
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
