import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { canRun, loopback, startServer, type ServerAddress, type ServerProgram, type TestServer } from './server-process.ts';

const program = '/usr/bin/prometheus';

export const canRunPrometheus = (): Promise<boolean> => canRun('Prometheus', [program]);

export interface PrometheusOptions extends ServerAddress {
  /** Ports at the same address as it, at /metrics of each. */
  targets: readonly number[];
  /** Labels of the target give way to those of what it exposes, as a Pushgateway needs. */
  honorLabels?: boolean;
}

/** A server that looks at its targets five times a second. */
export async function startPrometheus(options: PrometheusOptions): Promise<TestServer> {
  const { host = loopback } = options;
  const server: ServerProgram = {
    prepare: async (folder) => writeFile(path.join(folder, 'prometheus.yml'), configuration(options)),
    command: (folder, port) => ({
      program,
      args: [
        `--config.file=${path.join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${path.join(folder, 'data')}`,
        `--web.listen-address=${host}:${port}`,
        '--log.level=warn',
      ],
    }),
    isReady: async (_folder, port) => {
      const answer = await fetch(`http://${host}:${port}/-/ready`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok === true;
    },
    readyWithinMs: 60_000,
  };
  return startServer('prometheus', server, { host });
}

function configuration({ host = loopback, targets, honorLabels = false }: PrometheusOptions): string {
  return JSON.stringify({
    global: { scrape_interval: '200ms', scrape_timeout: '200ms' },
    scrape_configs: [
      { job_name: 'tested', honor_labels: honorLabels, static_configs: [{ targets: targets.map((port) => `${host}:${port}`) }] },
    ],
  });
}
