// Runs the scenarios on one ground: run.ts embedded|kubernetes [--rounds N] [what vitest takes]
import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { drivers } from './targets/drivers.ts';

const { values, positionals, tokens } = parseArgs({
  options: { rounds: { type: 'string' } },
  allowPositionals: true,
  strict: false,
  tokens: true,
});
const [target = '', ...scenarios] = positionals;
if (!Object.hasOwn(drivers, target)) {
  console.error(`There is no target "${target}". Choose one of: ${Object.keys(drivers).join(', ')}.`);
  process.exit(2);
}
const own = new Set(['rounds']);
const others = tokens.flatMap((token) =>
  token.kind === 'option' && !own.has(token.name) ? [`${token.rawName}${token.value === undefined ? '' : `=${token.value}`}`] : [],
);
const vitest = ['vitest', 'run', '--config', path.join(import.meta.dirname, 'vitest.config.ts'), ...scenarios, ...others];
const kubeconfig = process.env['OFN_E2E_KUBECONFIG'];
// A cluster of our own lives in a network namespace of its own, and so do those who talk to it.
const inCluster =
  target === 'kubernetes' && kubeconfig === undefined ? [path.resolve(import.meta.dirname, '../scripts/with-cluster.sh')] : [];
const [program = '', ...args] = [...inCluster, ...vitest];
const child = spawn(program, args, {
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }),
    ...(typeof values['rounds'] === 'string' ? { OFN_E2E_ROUNDS: values['rounds'] } : {}),
    OFN_E2E_TARGET: target,
  },
});
child.on('exit', (code) => (process.exitCode = code ?? 1));
