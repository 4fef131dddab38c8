import { accessSync, constants, existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dataFolder, holderOf, readState, type PlatformState } from '@openfunction/embedded/platform';
import { findContainers, openSandbox } from '@openfunction/local';

export interface Finding {
  what: string;
  is: 'good' | 'note' | 'bad';
  says: string;
  /** What to do about it. */
  todo?: string;
}

export interface Examined {
  data: string;
  port: number;
  /** Where bubblewrap is looked for. */
  searchPath: string;
  nodeVersion: string;
}

const oldestNode = [22, 19] as const;

/** Looks at everything that the platform needs here; changes nothing but for making the data folder. */
export async function examine(given: Examined): Promise<Finding[]> {
  const folder = await examineFolder(given);
  const running = folder.state;
  const ports = running === undefined ? [await examinePort(given.port)] : await examineParts(running);
  return [examineNode(given.nodeVersion), examineIsolation(given.searchPath), examineImages(given.searchPath), folder.finding, ...ports];
}

function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return isEnough
    ? { what: 'node', is: 'good', says: version }
    : { what: 'node', is: 'bad', says: `${version} is too old`, todo: `Install Node ${oldestNode.join('.')} or newer.` };
}

function examineIsolation(searchPath: string): Finding {
  const { kind, holds } = openSandbox('auto', searchPath).isolation;
  if (kind === 'bwrap') return { what: 'isolation', is: 'good', says: `bubblewrap: ${holds}` };
  const todo = 'For more, install bubblewrap and allow user namespaces; until then run only functions that you trust.';
  return { what: 'isolation', is: 'note', says: `Node's permission model: ${holds}`, todo };
}

function examineImages(searchPath: string): Finding {
  const found = findContainers(process.platform, searchPath);
  if ('programs' in found) return { what: 'images', is: 'good', says: `run as rootless containers by ${found.programs.runtime}` };
  return { what: 'images', is: 'note', says: 'only function modules run here', todo: found.missing };
}

async function examineFolder({ data }: Examined): Promise<{ finding: Finding; state?: PlatformState }> {
  const what = 'data';
  try {
    const folder = dataFolder(data);
    accessSync(folder.root, constants.W_OK);
    const pid = await holderOf(folder);
    const state = pid === undefined ? undefined : readState(folder);
    if (state !== undefined) return { finding: { what, is: 'good', says: `${data}, in use by process ${pid}` }, state };
    return {
      finding: {
        what,
        is: 'good',
        says: `${data}${existsSync(folder.database) ? '' : ', empty'}; OpenFunction is not up`,
        todo: 'Start it with "ofn up".',
      },
    };
  } catch (error) {
    return {
      finding: { what, is: 'bad', says: error instanceof Error ? error.message : String(error), todo: 'Give another folder with --data.' },
    };
  }
}

async function examinePort(port: number): Promise<Finding> {
  const what = 'port';
  const refused = await new Promise<string | undefined>((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(undefined)));
  });
  if (refused === undefined) return { what, is: 'good', says: `${port} is free` };
  const why = refused === 'EADDRINUSE' ? 'another program listens there' : refused;
  return { what, is: 'bad', says: `${port} cannot be used: ${why}`, todo: 'Give another one: ofn up --port PORT' };
}

async function examineParts(state: PlatformState): Promise<Finding[]> {
  const addresses: Record<string, string | undefined> = { control: state.api, gateway: state.gateway };
  const parts = Object.entries(state.parts).map(async ([what, { pid, isReady, restarts }]): Promise<Finding> => {
    const url = addresses[what];
    const again = restarts === 0 ? '' : `, started again ${restarts} times`;
    if (isReady && url !== undefined && (await answers(new URL(url)))) {
      return { what, is: restarts === 0 ? 'good' : 'note', says: `process ${pid} answers at ${url}${again}` };
    }
    return { what, is: 'bad', says: `does not answer${again}`, todo: 'Read its log in the folder logs of the data folder.' };
  });
  return Promise.all(parts);
}

function answers({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: 2_000 });
    const end = (isThere: boolean) => (): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
