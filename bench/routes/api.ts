import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

interface Config {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { token: string } }[];
}

export interface Api {
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: string }>;
  close(): void;
}

/** The API as a kubeconfig says, over so many connections that stay open. */
export function connectApi(kubeconfig: string, connections: number): Api {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as Config;
  const { server, 'certificate-authority-data': ca } = clusters[0]!.cluster;
  const agent = new Agent({ keepAlive: true, maxSockets: connections, ca: Buffer.from(ca, 'base64') });
  const headers = { authorization: `Bearer ${users[0]!.user.token}`, 'content-type': 'application/apply-patch+yaml' };
  return {
    ask: (method, path, body) =>
      new Promise((resolve, reject) => {
        const sent = request(new URL(path, server), { method, agent, headers }, (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
          answer.on('error', reject);
        });
        sent.on('error', reject);
        sent.end(body === undefined ? undefined : JSON.stringify(body));
      }),
    close: () => agent.destroy(),
  };
}
