import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher, request } from 'undici';
import {
  ArtifactError,
  artifactLimits,
  credentialsFor,
  mediaTypes,
  type Artifacts,
  type Digest,
  type Reference,
  type RegistryCredentials,
} from '@openfunction/artifact';
import { acceptedManifests } from './images/image-manifest.ts';
import { ociArtifacts } from './oci-artifacts.ts';
import type { OciBackend } from './oci-backend.ts';
import { isPlain, registryConnector } from './registry-connector.ts';
import { isPassing, mayPass, registryRefusal, registryUnreachable } from './registry-errors.ts';
import { tokenFor } from './registry-auth.ts';

export interface RegistryOptions {
  /** Hosts (with port) that are spoken to without TLS; every other one only with it. */
  plainHttp: string[];
  /** Addresses and CIDRs of registries that are reached although they are loopback or link-local; those of `plainHttp` are. */
  allowedAddresses?: readonly string[];
  /** Certificates, as PEM, that are trusted beside the usual ones. */
  certificates?: string;
  /** Whether every registry of this machine's loopback is spoken to without TLS too. */
  plainLoopback?: boolean;
  /** Of one attempt: until the head, and between two pieces of a body. Default 30,000. */
  timeoutMs?: number;
  /** After a 429, a 5xx or a broken connection. Default 4. */
  attempts?: number;
  /** Waits between attempts; a test passes one that does not. */
  sleep?: (ms: number) => Promise<unknown>;
}

interface Call {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  path: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
  limit: number;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** Artifacts in an OCI registry. Close nothing: connections end when idle. */
export function registryArtifacts(options: RegistryOptions): Artifacts {
  const client = clientOf(options);
  // Tokens live and die with the credentials that they were obtained with: no other caller ever gets to use them.
  const opened = new WeakMap<RegistryCredentials, OciBackend>();
  const anonymous = registryBackend(options, client);
  const open = (credentials?: RegistryCredentials): OciBackend => {
    if (credentials === undefined) return anonymous;
    const known = opened.get(credentials) ?? registryBackend(options, client, credentials);
    opened.set(credentials, known);
    return known;
  };
  return ociArtifacts(open, { guarded: true });
}

interface RegistryBackend extends OciBackend {
  /** Writes a manifest that names another one as its subject. False: the registry does not list such manifests with their subject. */
  writeReferrer(reference: Reference, digest: Digest, bytes: Uint8Array): Promise<boolean>;
}

export type RegistryWriter = Pick<RegistryBackend, 'readManifest' | 'writeBlob' | 'writeManifest' | 'writeReferrer'>;

/** Writes images of any kind to a registry: blobs first, then the manifest. */
export function registryWriter(options: RegistryOptions, credentials?: RegistryCredentials): RegistryWriter {
  return registryBackend(options, clientOf(options), credentials);
}

/** Reads images of any kind from a registry; what it returns is not checked yet. */
export function registryReader(options: RegistryOptions, credentials?: RegistryCredentials): Pick<OciBackend, 'readBlob' | 'readManifest'> {
  return registryBackend(options, clientOf(options), credentials);
}

interface Client {
  request: typeof request;
  dispatcher: Dispatcher;
}

/** Loaded with the first call: a platform that uses no registry does not carry the client. */
function clientOf(options: RegistryOptions): () => Promise<Client> {
  let client: Promise<Client> | undefined;
  const open = async (): Promise<Client> => {
    const undici = await import('undici');
    const timeout = options.timeoutMs ?? 30_000;
    const connect = await registryConnector(options);
    return { request: undici.request, dispatcher: new undici.Agent({ headersTimeout: timeout, bodyTimeout: timeout, connect }) };
  };
  return () => (client ??= open());
}

function registryBackend(options: RegistryOptions, client: () => Promise<Client>, credentials?: RegistryCredentials): RegistryBackend {
  const call = callRegistry(options, client, credentials);
  const expectStatus = ({ status, body }: Answer, expected: number[], reference: Reference, what: string): void => {
    if (expected.includes(status)) return;
    const hasCredentials = credentials !== undefined && credentialsFor(credentials, reference) !== undefined;
    throw registryRefusal(reference, { status, what, hasCredentials, body });
  };

  const upload = async (reference: Reference, digest: string, bytes: Uint8Array): Promise<void> => {
    const begun = await call(reference, { method: 'POST', path: 'blobs/uploads/', limit: artifactLimits.config });
    expectStatus(begun, [202], reference, 'begin an upload');
    const location = new URL(String(begun.headers['location'] ?? ''), baseUrl(options, reference));
    location.searchParams.set('digest', digest);
    const done = await call(reference, {
      method: 'PUT',
      path: location.href,
      body: bytes,
      headers: { 'content-type': 'application/octet-stream' },
      limit: artifactLimits.config,
    });
    expectStatus(done, [201], reference, 'upload a blob');
  };

  const putManifest = async (reference: Reference, name: string, bytes: Uint8Array): Promise<Answer> => {
    const { mediaType = mediaTypes.manifest } = JSON.parse(Buffer.from(bytes).toString()) as { mediaType?: string };
    const answer = await call(reference, {
      method: 'PUT',
      path: `manifests/${name}`,
      body: bytes,
      headers: { 'content-type': mediaType },
      limit: artifactLimits.config,
    });
    expectStatus(answer, [200, 201], reference, 'write a manifest');
    return answer;
  };

  return {
    readManifest: async (reference) => {
      const answer = await call(reference, {
        method: 'GET',
        path: `manifests/${reference.digest ?? reference.tag}`,
        headers: { accept: acceptedManifests },
        limit: artifactLimits.manifest,
      });
      if (answer.status === 404) return undefined;
      expectStatus(answer, [200], reference, 'read a manifest');
      return answer.body;
    },
    writeManifest: async (reference, digest, bytes) => {
      await putManifest(reference, reference.tag ?? digest, bytes);
    },
    writeReferrer: async (reference, digest, bytes) => (await putManifest(reference, digest, bytes)).headers['oci-subject'] !== undefined,
    readBlob: async (reference, descriptor, limit) => {
      const answer = await call(reference, { method: 'GET', path: `blobs/${descriptor.digest}`, limit });
      if (answer.status === 404) return undefined;
      expectStatus(answer, [200], reference, 'read a blob');
      return answer.body;
    },
    writeBlob: async (reference, digest, bytes) => {
      const present = await call(reference, { method: 'HEAD', path: `blobs/${digest}`, limit: 0 });
      if (present.status !== 200) await upload(reference, digest, bytes);
    },
    // `last` begins the list just before the prefix, so that a repository with many tags costs no more.
    tags: async (reference, prefix) => {
      const path = `tags/list?${new URLSearchParams({ n: '100', last: prefix.slice(0, -1) }).toString()}`;
      const answer = await call(reference, { method: 'GET', path, limit: artifactLimits.config });
      if (answer.status !== 200) return [];
      const { tags } = JSON.parse(answer.body.toString('utf8')) as { tags?: unknown };
      return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string' && tag.startsWith(prefix)) : [];
    },
  };
}

function callRegistry(
  options: RegistryOptions,
  client: () => Promise<Client>,
  known?: RegistryCredentials,
): (reference: Reference, call: Call) => Promise<Answer> {
  const tokens = new Map<string, string>();
  return async (reference, call) => {
    const scope = `${reference.registry}/${reference.repository}`;
    const base = baseUrl(options, reference);
    const url = new URL(call.path, base);
    const attempt = (): Promise<Answer> =>
      withRetries(options, reference, () => send(client, url, call, url.origin === base.origin ? tokens.get(scope) : undefined));
    const first = await attempt();
    if (first.status !== 401) return first;
    const token = await tokenFor({
      challenge: String(first.headers['www-authenticate'] ?? ''),
      repository: reference.repository,
      credentials: known === undefined ? undefined : credentialsFor(known, reference),
      isPlain: (host) => isPlain(options, host),
      fetch: async (tokenUrl, headers) =>
        (
          await withRetries(options, reference, () =>
            send(client, tokenUrl, { method: 'GET', path: '', headers, limit: artifactLimits.config }),
          )
        ).body,
    });
    if (token === undefined) return first;
    tokens.set(scope, token);
    return attempt();
  };
}

async function send(client: () => Promise<Client>, start: URL, call: Call, authorization?: string): Promise<Answer> {
  const { request, dispatcher } = await client();
  let url = start;
  for (let hops = 0; hops < 4; hops += 1) {
    // A redirect to storage elsewhere must not see the registry's token.
    const auth = authorization !== undefined && url.origin === start.origin ? { authorization } : {};
    const response = await request(url, {
      dispatcher,
      method: call.method,
      headers: { ...call.headers, ...auth },
      body: call.body ?? null,
    });
    const location = response.headers['location'];
    const isRedirect = call.method === 'GET' && [301, 302, 303, 307, 308].includes(response.statusCode) && typeof location === 'string';
    if (!isRedirect)
      return {
        status: response.statusCode,
        headers: response.headers,
        body: await readWithin(response.body, call.limit, response.statusCode),
      };
    await response.body.dump();
    const next = new URL(location, url);
    if (next.protocol !== 'https:' && next.origin !== start.origin)
      throw new ArtifactError(
        'RegistryDenied',
        `The registry ${start.host} redirects to ${next.origin} without TLS. Correct the registry.`,
      );
    url = next;
  }
  throw new ArtifactError('RegistryUnavailable', `The registry ${start.host} redirects without end. Correct the registry.`);
}

/** Counts what arrives; a declared length is never believed. */
async function readWithin(body: AsyncIterable<Buffer>, limit: number, status: number): Promise<Buffer> {
  const allowed = status >= 400 ? Math.max(limit, 65_536) : limit;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > allowed)
      throw new ArtifactError(
        'ArtifactTooLarge',
        `The registry sent more than the ${allowed} bytes that were expected. The artifact is damaged or is none; build it again.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function withRetries(options: RegistryOptions, reference: Reference, work: () => Promise<Answer>): Promise<Answer> {
  const attempts = options.attempts ?? 4;
  const sleep = options.sleep ?? delay;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await work();
      if (!isPassing(answer) || attempt >= attempts) return answer;
      const seconds = Number(answer.headers['retry-after']);
      await sleep(Math.min(10_000, seconds > 0 ? seconds * 1000 : 250 * 2 ** attempt));
    } catch (error) {
      if (error instanceof ArtifactError) throw error;
      if (attempt >= attempts || !mayPass(error)) throw registryUnreachable(reference, error);
      await sleep(250 * 2 ** attempt);
    }
  }
}

function baseUrl(options: RegistryOptions, reference: Reference): URL {
  const host = reference.registry === 'docker.io' ? 'registry-1.docker.io' : reference.registry;
  return new URL(`${isPlain(options, reference.registry) ? 'http' : 'https'}://${host}/v2/${reference.repository}/`);
}
