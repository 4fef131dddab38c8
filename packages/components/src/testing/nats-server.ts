import path from 'node:path';
import { canRun, loopback, startServer, type ServerAddress, type ServerProgram, type TestServer } from './server-process.ts';

const program = '/usr/sbin/nats-server';

export const canRunNats = (): Promise<boolean> => canRun('NATS', [program]);

/** A server with JetStream, whose streams are files. */
export async function startNats({
  host = loopback,
  monitoringPort,
}: ServerAddress & { monitoringPort?: number } = {}): Promise<TestServer> {
  const server: ServerProgram = {
    command: (folder, port) => ({
      program,
      args: [
        '-a',
        host,
        '-p',
        String(port),
        '-js',
        '-sd',
        path.join(folder, 'data'),
        ...(monitoringPort === undefined ? [] : ['-m', String(monitoringPort)]),
      ],
    }),
  };
  return startServer('nats', server, { host });
}
