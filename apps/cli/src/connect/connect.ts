import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ClientError, createClient, loadKubeconfig, type Client } from '@openfunction/client';
import type { CommandContext } from '../command.ts';
import { chooseKubeconfig } from './choose-kubeconfig.ts';
import type { Ground } from './ground.ts';
import type { ConnectValues } from './options.ts';

export interface Connected extends AsyncDisposable {
  client: Client;
  /** The one asked for, or that of the kubeconfig's context. */
  namespace: string;
  ground: Ground;
}

/** Opens the API of the platform that the options and the environment name. */
export async function connect(values: ConnectValues, context: CommandContext): Promise<Connected> {
  const chosen = chooseKubeconfig(values.kubeconfig, context);
  if (values.verbose === true) context.stderr.write(`kubeconfig ${chosen.file} (${chosen.because})\n`);
  if (!existsSync(chosen.file)) {
    throw new ClientError(
      'Unreachable',
      `There is no platform to talk to: ${chosen.file} does not exist (${chosen.because}). Start one here with "ofn up", or name a cluster with --kubeconfig.`,
    );
  }
  const loaded = loadKubeconfig(readFileSync(chosen.file, 'utf8'), values.context);
  const client = createClient(loaded.connection);
  const ground = await groundOf(chosen.file, values.context);
  return {
    client,
    namespace: values.namespace ?? loaded.namespace,
    ground,
    async [Symbol.asyncDispose]() {
      client.close();
      await ground.close();
    },
  };
}

/** A data folder of `ofn up` has its kubeconfig in it; any other kubeconfig is that of a cluster. */
async function groundOf(kubeconfig: string, context: string | undefined): Promise<Ground> {
  const root = path.dirname(kubeconfig);
  if (existsSync(path.join(root, 'run', 'state.json'))) return (await import('./embedded-ground.ts')).embeddedGround(root);
  return (await import('./cluster-ground.ts')).clusterGround({ kubeconfig, context });
}
