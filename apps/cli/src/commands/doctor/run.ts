import path from 'node:path';
import { parseArgs } from 'node:util';
import { defaultData } from '@openfunction/embedded/platform';
import type { CommandContext } from '../../command.ts';
import { connect } from '../../connect/connect.ts';
import { connectOptions, type ConnectValues } from '../../connect/options.ts';
import { exitCodes } from '../../exit-codes.ts';
import { ofnVersion } from '../../ofn-version.ts';
import { UsageError } from '../../usage-error.ts';
import { wholeNumber } from '../../whole-number.ts';
import type { Finding } from './examine.ts';

const marks = { good: 'ok  ', note: 'note', bad: 'FAIL' } as const;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...connectOptions,
      data: { type: 'string' },
      port: { type: 'string', default: '8080' },
      cluster: { type: 'boolean', default: false },
    },
  });
  if (!values.cluster && (values.kubeconfig ?? values.context) !== undefined)
    throw new UsageError('A kubeconfig names a cluster: add --cluster to look at that.');
  const findings = values.cluster ? await ofCluster(values, context) : await ofMachine(values, context);
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { what, is, says, todo } of findings) {
    const more = todo === undefined ? '' : `${' '.repeat(8 + width)}→ ${todo}\n`;
    context.stdout.write(`${marks[is]}  ${what.padEnd(width)}  ${says}\n${more}`);
  }
  return findings.some(({ is }) => is === 'bad') ? exitCodes.failed : exitCodes.done;
}

async function ofMachine({ data, port }: { data?: string; port: string }, { env, cwd }: CommandContext): Promise<Finding[]> {
  const { examine } = await import('./examine.ts');
  return examine({
    data: data === undefined ? defaultData(env) : path.resolve(cwd, data),
    port: wholeNumber('--port', port, 65_535),
    searchPath: env['PATH'] ?? '',
    nodeVersion: process.versions.node,
  });
}

async function ofCluster(values: ConnectValues, context: CommandContext): Promise<Finding[]> {
  const [{ clusterState }, { examineCluster }] = await Promise.all([import('./cluster-state.ts'), import('./examine-cluster.ts')]);
  await using platform = await connect(values, context);
  if (platform.ground.imagePrefix !== undefined)
    throw new UsageError('The kubeconfig leads to the platform of this machine, which is no cluster: leave --cluster out.');
  const state = await clusterState(platform.client, platform.namespace, context.signal);
  return examineCluster(state, { ofnVersion: ofnVersion(), now: Date.now() });
}
