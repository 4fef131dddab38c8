import { ClientError } from './client-error.ts';
import type { Connection } from './transport.ts';

export interface LoadedKubeconfig {
  connection: Connection;
  context: string;
  /** The context's namespace; `default` when it names none. */
  namespace: string;
}

interface Named {
  name?: string;
}
interface Kubeconfig {
  'current-context'?: string;
  contexts?: (Named & { context?: { cluster?: string; user?: string; namespace?: string } })[];
  clusters?: (Named & { cluster?: Record<string, unknown> })[];
  users?: (Named & { user?: Record<string, unknown> })[];
}

/** Reads the text of a kubeconfig; no file is opened, so credentials must lie in it as data. */
export async function loadKubeconfig(text: string, context?: string): Promise<LoadedKubeconfig> {
  const config = await parse(text);
  const name = context ?? config['current-context'] ?? '';
  if (name === '') throw bad('it has no current-context. Name a context.');
  const chosen = find(config.contexts, 'context', name).context ?? {};
  const cluster = find(config.clusters, 'cluster', chosen.cluster ?? '').cluster ?? {};
  const user = chosen.user === undefined || chosen.user === '' ? {} : (find(config.users, 'user', chosen.user).user ?? {});
  refuseUnsupported(user, cluster);
  const server = textAt(cluster, 'server');
  if (server === undefined || !URL.canParse(server)) throw bad(`the cluster "${chosen.cluster}" has no server URL.`);
  const connection: Connection = {
    server,
    token: textAt(user, 'token'),
    ca: decoded(cluster, 'certificate-authority-data'),
    clientCertificate: decoded(user, 'client-certificate-data'),
    clientKey: decoded(user, 'client-key-data'),
    skipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
  };
  return { connection, context: name, namespace: chosen.namespace ?? 'default' };
}

async function parse(text: string): Promise<Kubeconfig> {
  const value = parsedJson(text) ?? (await parsedYaml(text));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('it is empty.');
  return value;
}

/** What the platform of one machine writes is JSON, and read without a library. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function parsedYaml(text: string): Promise<unknown> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { merge: false });
  if (document.errors.length > 0) throw bad(`it is not YAML: ${document.errors[0]?.message ?? ''}`);
  return document.toJS({ maxAliasCount: 100 });
}

function find<T extends Named>(entries: T[] | undefined, what: string, name: string): T {
  const found = Array.isArray(entries) ? entries.find((entry) => entry.name === name) : undefined;
  if (found === undefined) throw bad(`it has no ${what} "${name}".`);
  return found;
}

function refuseUnsupported(user: Record<string, unknown>, cluster: Record<string, unknown>): void {
  if ('exec' in user || 'auth-provider' in user) {
    throw bad(
      'its user logs in by running a plugin, which is not supported. Use a token or a client certificate: "kubectl create token" makes one.',
      'library',
    );
  }
  const files = ['client-certificate', 'client-key', 'tokenFile'].filter((field) => field in user);
  if ('certificate-authority' in cluster) files.push('certificate-authority');
  if (files.length > 0)
    throw bad(`it refers to files (${files.join(', ')}). Put them into it with "kubectl config view --raw --flatten".`, 'library');
  if ('username' in user) throw bad('its user has a password, which no supported Kubernetes accepts. Use a token or a client certificate.');
}

function textAt(from: Record<string, unknown>, field: string): string | undefined {
  const value = from[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function decoded(from: Record<string, unknown>, field: string): string | undefined {
  const value = textAt(from, field);
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
}

function bad(why: string, needs?: 'library'): ClientError {
  return new ClientError('BadKubeconfig', `The kubeconfig cannot be used: ${why}`, { needs });
}
