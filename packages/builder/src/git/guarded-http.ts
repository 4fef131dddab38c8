import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import { BuildError } from '../build-error.ts';
import type { AddressGuard } from '@openfunction/artifact';
import { sourceUrl } from './source-url.ts';
import type { TransferLimit } from './transfer-limit.ts';

export interface GuardedHttpOptions {
  /** Sent to the origin of `url` alone. */
  authorization?: string;
  url: URL;
  guard: AddressGuard;
  /** See SourceRules. */
  addresses: readonly string[];
  /** Of everything that the server sends. */
  limit: TransferLimit;
}

const idleMs = 60_000;
const maxHops = 3;
/** The names of its branches and tags. */
const maximumRefs = 8 << 20;
const refs = '/info/refs?service=git-upload-pack';

/** HTTP for git. Every address is checked when it is connected to, so neither a redirect nor a changing DNS answer leads elsewhere. */
export function guardedHttp(options: GuardedHttpOptions): HttpClient {
  const rules = { addresses: options.addresses, folders: [] };
  // Where the first request was redirected to, the later ones go too, as git does it.
  let moved: { from: string; to: string } | undefined;

  async function* counted(body: IncomingMessage, most: number): AsyncGenerator<Uint8Array> {
    let seen = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      seen += chunk.length;
      options.limit.count(chunk.length, { seen, most });
      yield chunk;
    }
  }

  return {
    request: async ({ url: asked, method = 'GET', headers = {}, body }: GitHttpRequest): Promise<GitHttpResponse> => {
      const bytes = body === undefined ? undefined : await collected(body);
      const wanted = moved !== undefined && asked.startsWith(moved.from) ? moved.to + asked.slice(moved.from.length) : asked;
      let url = sourceUrl(wanted, rules);
      for (let hop = 0; ; hop += 1) {
        const authorized: Record<string, string> =
          options.authorization !== undefined && url.origin === options.url.origin ? { authorization: options.authorization } : {};
        const response = await send(options.guard, url, { method, headers: { ...headers, ...authorized }, body: bytes });
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
            body: counted(response, method === 'GET' ? maximumRefs : Number.POSITIVE_INFINITY),
          };
        }
        response.destroy();
        const next = sourceUrl(new URL(location, url).href, rules);
        if (next.protocol !== 'https:' && next.protocol !== 'http:')
          throw new BuildError(
            'SourceRefused',
            `The repository redirects to ${next.protocol}, which is no web address. Correct srcRepo.url.`,
          );
        if (url.protocol === 'https:' && next.protocol !== 'https:')
          throw new BuildError('SourceRefused', `The repository redirects to ${next.origin} without TLS. Correct srcRepo.url.`);
        url = next;
      }
    },
  };
}

interface Sent {
  method: string;
  headers: Record<string, string>;
  body: Uint8Array | undefined;
}

function send({ lookup }: AddressGuard, url: URL, { method, headers, body }: Sent): Promise<IncomingMessage> {
  const open = url.protocol === 'https:' ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const sent = open(url, { method, headers: { ...headers, ...length }, agent: false, lookup, timeout: idleMs }, resolve);
    sent.on('timeout', () => sent.destroy(new Error(`${url.host} does not answer`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

async function collected(body: AsyncIterableIterator<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
