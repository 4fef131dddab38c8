import { existsSync } from 'node:fs';
import path from 'node:path';
import { createClient, type Client } from '@openfunction/client';
import { dataFolder, defaultData, readState } from '@openfunction/embedded/platform';
import type { CommandContext } from '../command.ts';
import { chooseKubeconfig } from './choose-kubeconfig.ts';
import type { Ground } from './ground.ts';
import { loadConnection } from './load-connection.ts';
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
  if (values.verbose === true) context.stderr.write(`kubeconfig ${chosen.files.join(', ')} (${chosen.because})\n`);
  const loaded = await loadConnection(chosen, values.context);
  const client = createClient(loaded.connection);
  const ground = await groundOf({ kubeconfigs: chosen.files, server: loaded.connection.server, client, values, context });
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

interface GroundInput {
  kubeconfigs: readonly string[];
  server: string;
  client: Client;
  values: ConnectValues;
  context: CommandContext;
}

/** The platform of this machine has its address in its data folder, and its kubeconfig too unless that was copied; any other is a cluster. */
async function groundOf({ kubeconfigs, server, client, values, context }: GroundInput): Promise<Ground> {
  const roots = [...kubeconfigs.map((file) => path.dirname(file)), defaultData(context.env)];
  // Only a data folder is looked into: naming its parts makes the folders.
  const root = roots.find((one) => existsSync(path.join(one, 'run', 'state.json')) && readState(dataFolder(one))?.api === server);
  if (root !== undefined) return (await import('./embedded-ground.ts')).embeddedGround(root);
  const { clusterGround } = await import('./cluster-ground.ts');
  return clusterGround({ kubeconfigs, context: values.context, client, warn: (text) => void context.stderr.write(`${text}\n`) });
}
