import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import type { DataFolder } from './data-folder.ts';
import { EmbeddedError } from './embedded-error.ts';

/**
 * One `ofn up` at a time may use a data folder: the one that answers on its socket. A process that died leaves a file
 * that nobody answers on. Whoever writes `down` asks it to end; the connection closes when it has.
 */
export async function holdFolder(folder: DataFolder, onDown: () => void): Promise<{ release(): Promise<void> }> {
  await refuseSecond(folder);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    socket.on('data', (text) => text.toString() === 'down' && onDown());
    socket.write(String(process.pid));
  });
  rmSync(folder.upSocket, { force: true });
  server.listen(folder.upSocket);
  await once(server, 'listening');
  // Two that start in the same moment both find nobody; the file is then the later one's.
  await refuseSecond(folder);
  return {
    release: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

async function refuseSecond(folder: DataFolder): Promise<void> {
  const pid = await holderOf(folder);
  if (pid === undefined || pid === process.pid) return;
  throw new EmbeddedError(
    'AlreadyRunning',
    `OpenFunction runs already with the data in ${folder.root} (process ${pid}). End it with "ofn down", or give another folder.`,
  );
}

/** The process that uses the folder now. */
export async function holderOf(folder: DataFolder): Promise<number | undefined> {
  const socket = await reach(folder);
  if (socket === undefined) return undefined;
  const pid = Number(await firstText(socket));
  socket.destroy();
  return pid;
}

/** Asks the platform of this folder to end, and waits until it has. False: there was none. */
export async function askDown(folder: DataFolder, signal: AbortSignal): Promise<boolean> {
  const socket = await reach(folder);
  if (socket === undefined) return false;
  const stop = (): void => void socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const closed = once(socket, 'close');
  socket.on('error', stop);
  socket.resume();
  socket.write('down');
  await closed;
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  return true;
}

async function reach(folder: DataFolder): Promise<Socket | undefined> {
  const socket = connect(folder.upSocket);
  try {
    await once(socket, 'connect');
    return socket;
  } catch {
    return undefined;
  }
}

async function firstText(socket: Socket): Promise<string> {
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString();
}
