import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf } from '@openfunction/artifact';

/** A registry in memory, on this machine and without TLS. */
export interface TestRegistry {
  host: string;
  plainHttp: true;
  close(): Promise<void>;
}

interface Content {
  blobs: Map<string, Buffer>;
  manifests: Map<string, Buffer>;
}

export async function startRegistry(): Promise<TestRegistry> {
  const content: Content = { blobs: new Map(), manifests: new Map() };
  const server: Server = createServer((request, response) => void answer(content, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    plainHttp: true,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer({ blobs, manifests }: Content, request: IncomingMessage, response: ServerResponse): Promise<void> {
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
    return end(201);
  }
  const found = kind === 'blobs' ? blobs.get(name) : manifests.get(`${repository} ${name}`);
  return found === undefined ? end(404) : end(200, request.method === 'HEAD' ? undefined : found);
}
