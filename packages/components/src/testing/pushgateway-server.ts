import path from 'node:path';
import { canRun, loopback, startServer, type ServerAddress, type ServerProgram, type TestServer } from './server-process.ts';

const program = '/usr/bin/prometheus-pushgateway';

export const canRunPushgateway = (): Promise<boolean> => canRun('Pushgateway', [program]);

/** A gateway that has on disk, within a tenth of a second, what was pushed to it. Let a Prometheus look at it with `honorLabels`. */
export async function startPushgateway({ host = loopback }: ServerAddress = {}): Promise<TestServer> {
  const server: ServerProgram = {
    command: (folder, port) => ({
      program,
      args: [
        `--web.listen-address=${host}:${port}`,
        `--persistence.file=${path.join(folder, 'metrics')}`,
        '--persistence.interval=100ms',
        '--log.level=warn',
      ],
    }),
  };
  return startServer('pushgateway', server, { host });
}
