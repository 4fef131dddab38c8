import { readFileSync } from 'node:fs';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { parse } from 'yaml';
import type { Send, SentRequest } from './exchange.ts';

type Part = Record<string, string | undefined>;

interface Kubeconfig {
  clusters: { cluster: Part }[];
  users: { user: Part }[];
}

function contentOf(part: Part, name: string): Buffer | undefined {
  const [data, file] = [part[`${name}-data`], part[name]];
  if (data !== undefined) return Buffer.from(data, 'base64');
  return file === undefined ? undefined : readFileSync(file);
}

/** Sends requests to one server, as they are. */
export function sendTo(server: string, options: RequestOptions): Send {
  return ({ method, path, headers, body }: SentRequest) =>
    new Promise((resolve, reject) => {
      // Node says the length of a DELETE's body by itself no more than that there is one.
      const length = { 'content-length': String(Buffer.byteLength(body ?? '')) };
      const given = { ...options, method, headers: { ...(options.headers as Record<string, string>), ...headers, ...length } };
      const request = httpsRequest(`${server}${path}`, given, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        const warnings = response.headersDistinct['warning'] ?? [];
        response.on('end', () => resolve({ status: response.statusCode ?? 0, warnings, text }));
      });
      request.on('error', reject);
      request.end(body);
    });
}

/** Sends to the first cluster of a kubeconfig, as its first user. */
export function kubeconfigSend(path: string): Send {
  const config = parse(readFileSync(path, 'utf8')) as Kubeconfig;
  const [cluster, user] = [config.clusters[0]?.cluster ?? {}, config.users[0]?.user ?? {}];
  return sendTo(cluster['server'] ?? '', {
    ca: contentOf(cluster, 'certificate-authority'),
    cert: contentOf(user, 'client-certificate'),
    key: contentOf(user, 'client-key'),
  });
}
