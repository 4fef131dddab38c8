import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KubectlClient {
  run(args: readonly string[], input?: string, environment?: Record<string, string>): Promise<{ code: number; output: string }>;
  /** Its home, with the kubeconfig in `config`. */
  directory: string;
  close(): void;
}

/** A kubectl that knows one server and nothing of the machine. */
export function kubectlClient(kubectl: string, { url, cert, token }: { url: string; cert: string; token: string }): KubectlClient {
  const directory = mkdtempSync(join(tmpdir(), 'ofn-kubectl-'));
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'ofn',
    clusters: [{ name: 'ofn', cluster: { server: url, 'certificate-authority-data': Buffer.from(cert).toString('base64') } }],
    users: [{ name: 'ofn', user: { token } }],
    contexts: [{ name: 'ofn', context: { cluster: 'ofn', user: 'ofn', namespace: 'default' } }],
  };
  writeFileSync(join(directory, 'config'), JSON.stringify(config));
  return {
    directory,
    run: (args, input = '', environment = {}) =>
      new Promise((resolve) => {
        const env = { PATH: process.env['PATH'], HOME: directory, KUBECONFIG: join(directory, 'config'), ...environment };
        const child = execFile(kubectl, [...args], { env, timeout: 30_000 }, (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, output: stdout + stderr }),
        );
        child.stdin?.end(input);
      }),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}
