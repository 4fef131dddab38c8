import path from 'node:path';
import { canRun, startServer, type TestServer } from './server-process.ts';

const program = '/usr/sbin/nats-server';

export const canRunNats = (): Promise<boolean> => canRun('NATS', [program]);

/** A server with JetStream, whose streams are files. */
export async function startNats({ monitoringPort }: { monitoringPort?: number } = {}): Promise<TestServer> {
  return startServer('nats', {
    command: (folder, port) => ({
      program,
      args: [
        '-a',
        '127.0.0.1',
        '-p',
        String(port),
        '-js',
        '-sd',
        path.join(folder, 'data'),
        ...(monitoringPort === undefined ? [] : ['-m', String(monitoringPort)]),
      ],
    }),
  });
}
