import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf } from '@openfunction/artifact';

/** A registry in memory, without TLS. */
export interface TestRegistry {
  host: string;
  plainHttp: true;
  /** A manifest by its tag or digest. */
  manifest(repository: string, name: string): unknown;
  /** What is listed by itself for a digest; nothing where referrers are not listed. */
  referrers(digest: string): unknown[];
  blob(digest: string): Buffer | undefined;
  close(): Promise<void>;
}

interface Content {
  /** Digest of a subject → what names it; absent: such lists are not kept. */
  referrers?: Map<string, unknown[]>;
  blobs: Map<string, Buffer>;
  manifests: Map<string, Buffer>;
}

export interface TestRegistryOptions {
  listsReferrers?: boolean;
  /** Default: any free port of loopback. */
  at?: { host: string; port: number };
  /** Whoever does not say this is told nothing and leaves nothing. */
  credentials?: { username: string; password: string };
}

export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const content: Content = { blobs: new Map(), manifests: new Map() };
  if (options.listsReferrers === true) content.referrers = new Map();
  const { at = { host: '127.0.0.1', port: 0 }, credentials } = options;
  const word = credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  const server: Server = createServer((request, response) => {
    if (word === undefined || request.headers.authorization === word) return void answer(content, request, response);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="tests"' }).end();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(at.port, at.host, resolve));
  return {
    host: `${at.host}:${(server.address() as AddressInfo).port}`,
    plainHttp: true,
    manifest: (repository, name) => JSON.parse(content.manifests.get(`${repository} ${name}`)?.toString() ?? 'null') as unknown,
    referrers: (digest) => content.referrers?.get(digest) ?? [],
    blob: (digest) => content.blobs.get(digest),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer({ blobs, manifests, referrers }: Content, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const end = (status: number, bytes?: Buffer, headers = {}): void => void response.writeHead(status, headers).end(bytes);
  const url = new URL(request.url ?? '/', 'http://registry');
  const [, repository = '', kind = '', name = ''] = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
  if (kind === 'blobs/uploads' && request.method === 'POST') return end(202, undefined, { location: `${url.pathname}1` });
  if (kind === 'blobs/uploads') {
    blobs.set(url.searchParams.get('digest') ?? '', body);
    return end(201);
  }
  if (kind === 'manifests' && request.method === 'PUT') {
    manifests.set(`${repository} ${name}`, body).set(`${repository} ${digestOf(body)}`, body);
    const { subject } = JSON.parse(body.toString()) as { subject?: { digest: string } };
    if (subject === undefined || referrers === undefined) return end(201);
    referrers.set(subject.digest, [...(referrers.get(subject.digest) ?? []), digestOf(body)]);
    return end(201, undefined, { 'oci-subject': subject.digest });
  }
  const found = kind === 'blobs' ? blobs.get(name) : manifests.get(`${repository} ${name}`);
  if (found === undefined) return end(404);
  end(200, request.method === 'HEAD' ? undefined : found, kind === 'blobs' ? lengthOf(found) : headersOf(found));
}

function lengthOf(content: Buffer): Record<string, string> {
  return { 'content-length': String(content.length) };
}

/** What a node that pulls goes by. */
function headersOf(manifest: Buffer): Record<string, string> {
  const { mediaType = 'application/vnd.oci.image.manifest.v1+json' } = JSON.parse(manifest.toString()) as { mediaType?: string };
  return { ...lengthOf(manifest), 'content-type': mediaType, 'docker-content-digest': digestOf(manifest) };
}
