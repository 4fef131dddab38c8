import { lookup as resolve } from 'node:dns';
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import { BuildError } from '../build-error.ts';
import { assertNoMetadata, sourceUrl } from './source-url.ts';

export interface GuardedHttpOptions {
  /** Sent to the origin of `url` alone. */
  authorization?: string;
  url: URL;
  /** Of everything that the server sends. */
  maxBytes: number;
}

const idleMs = 60_000;
const maxHops = 3;
const refs = '/info/refs?service=git-upload-pack';

/** HTTP for git. Every address is checked when it is connected to, so neither a redirect nor a changing DNS answer leads elsewhere. */
export function guardedHttp(options: GuardedHttpOptions): HttpClient {
  let left = options.maxBytes;
  // Where the first request was redirected to, the later ones go too, as git does it.
  let moved: { from: string; to: string } | undefined;

  async function* counted(body: IncomingMessage): AsyncGenerator<Uint8Array> {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      left -= chunk.length;
      if (left < 0)
        throw new BuildError(
          'SourceRefused',
          `The repository sends more than ${options.maxBytes} bytes. Send the source with ofn deploy instead.`,
        );
      yield chunk;
    }
  }

  return {
    request: async ({ url: asked, method = 'GET', headers = {}, body }: GitHttpRequest): Promise<GitHttpResponse> => {
      const bytes = body === undefined ? undefined : await collected(body);
      let url = sourceUrl(moved !== undefined && asked.startsWith(moved.from) ? moved.to + asked.slice(moved.from.length) : asked);
      for (let hop = 0; ; hop += 1) {
        const authorized: Record<string, string> =
          options.authorization !== undefined && url.origin === options.url.origin ? { authorization: options.authorization } : {};
        const response = await send(url, method, { ...headers, ...authorized }, bytes);
        const location = response.headers.location;
        const isRedirect = method === 'GET' && [301, 302, 303, 307, 308].includes(response.statusCode ?? 0) && location !== undefined;
        if (!isRedirect || hop >= maxHops) {
          if (url.href.endsWith(refs) && asked.endsWith(refs) && url.href !== asked)
            moved = { from: asked.slice(0, -refs.length), to: url.href.slice(0, -refs.length) };
          return {
            url: asked,
            method,
            statusCode: response.statusCode ?? 0,
            statusMessage: response.statusMessage ?? '',
            headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
            body: counted(response),
          };
        }
        response.destroy();
        const next = sourceUrl(new URL(location, url).href);
        if (url.protocol === 'https:' && next.protocol !== 'https:')
          throw new BuildError('SourceRefused', `The repository redirects to ${next.origin} without TLS. Correct srcRepo.url.`);
        url = next;
      }
    },
  };
}

function send(url: URL, method: string, headers: Record<string, string>, body: Uint8Array | undefined): Promise<IncomingMessage> {
  const open = url.protocol === 'https:' ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const sent = open(url, { method, headers: { ...headers, ...length }, agent: false, lookup: checkedLookup, timeout: idleMs }, resolve);
    sent.on('timeout', () => sent.destroy(new Error(`${url.host} does not answer`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

const checkedLookup: LookupFunction = (host, options, done) => {
  resolve(host, { ...options, all: true }, (error, addresses) => {
    try {
      if (error !== null) throw error;
      for (const { address } of addresses) assertNoMetadata(address);
      const [first] = addresses;
      if (options.all === true) done(null, addresses);
      else done(null, first?.address ?? '', first?.family);
    } catch (refusal) {
      done(refusal as NodeJS.ErrnoException, '', 0);
    }
  });
};

async function collected(body: AsyncIterableIterator<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
