import path from 'node:path';
import { canRun, startServer, type TestServer } from './server-process.ts';

const program = '/usr/bin/prometheus-pushgateway';

export const canRunPushgateway = (): Promise<boolean> => canRun('Pushgateway', [program]);

/** A gateway that has on disk, within a tenth of a second, what was pushed to it. Let a Prometheus look at it with `honorLabels`. */
export async function startPushgateway(): Promise<TestServer> {
  return startServer('pushgateway', {
    command: (folder, port) => ({
      program,
      args: [
        `--web.listen-address=127.0.0.1:${port}`,
        `--persistence.file=${path.join(folder, 'metrics')}`,
        '--persistence.interval=100ms',
        '--log.level=warn',
      ],
    }),
  });
}
