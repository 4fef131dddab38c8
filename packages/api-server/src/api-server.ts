import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from '@openfunction/resources';
import { type Store } from '@openfunction/store';
import { WorkloadError, type Workloads } from '@openfunction/workload';
import { sendJson, stream } from './answer-stream.ts';
import { ApiError, statusOf, type ErrorSubject } from './api-error.ts';
import type { ApiKind } from './api-kind.ts';
import { coreKinds, namespaceKind } from './core-kinds.ts';
import { discoveryDocuments } from './discovery.ts';
import { readBody } from './http-body.ts';
import { openapiDocuments } from './openapi.ts';
import { lastingNamespaces, namespaceSweeper, newNamespace } from './namespaces.ts';
import { instanceOfPod } from './pods.ts';
import { parseResourcePath } from './request-path.ts';
import { readerOf, type ResourceContext } from './resource-context.ts';
import { answerResource, numberOf } from './resource-requests.ts';
import { checkAccepted } from './media-types.ts';
import { reviewAt } from './reviews.ts';
import { selectorOf } from './selector.ts';
import { sendAnswer, tableWanted, viewOf, type Exchange } from './send-answer.ts';
import { tableOf } from './table.ts';
import { watchLines } from './watch-lines.ts';

export interface ApiServerOptions {
  store: Store;
  /** Without it there are no Pods. */
  workloads?: Workloads;
  /** Our kinds; Kubernetes' core kinds are added, and take the place of any given. */
  kinds: readonly ApiKind[];
  /** PEM. */
  tls: { key: string; cert: string };
  token: string;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 0: any free one. */
  port?: number;
  version: string;
  /** Prometheus text for `/metrics`; without it there is none. */
  metrics?: () => string;
  /** Default: nothing is logged. */
  log?: (message: string, fields: Record<string, unknown>) => void;
  /** Milliseconds; default the system's clock. */
  now?: () => number;
}

export interface ApiServer {
  readonly url: string;
  /** Ends running watches too. */
  close(): Promise<void>;
}

interface Serving {
  context: ResourceContext;
  now: () => number;
  documents: Map<string, unknown>;
  options: ApiServerOptions;
  closing: AbortSignal;
}

/** Kubernetes' REST conventions over a Store, for kubectl and for our own client. The namespaces `default` and `openfunction` are made. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const kinds = [
    ...coreKinds.filter((kind) => kind.readOnly !== true || options.workloads !== undefined),
    ...options.kinds.filter((kind) => !coreKinds.some((core) => core.group === kind.group && core.kind === kind.kind)),
  ];
  const now = options.now ?? Date.now;
  const { store, workloads } = options;
  const sweeper = namespaceSweeper({ store, kinds }, (error) => options.log?.('a namespace was not emptied; tried again soon', { error }));
  const context: ResourceContext = { store, workloads, kinds, onWaiting: sweeper.wake };
  // What an earlier process left may wait too.
  sweeper.wake();
  const closing = new AbortController();
  const serving: Serving = { context, now, documents: fixedDocuments(kinds, options.version), options, closing: closing.signal };
  for (const name of lastingNamespaces) await ensureNamespace(options.store, name);
  const server = createServer({ ...options.tls, maxHeaderSize: 16 * 1024, headersTimeout: 10_000 }, (request, response) => {
    void respond(serving, request, response);
  });
  const host = options.host ?? '127.0.0.1';
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: async () => {
      sweeper.close();
      closing.abort();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function ensureNamespace(store: Store, name: string): Promise<void> {
  if (await store.get(namespaceKind, { namespace: '', name })) return;
  await store.create(namespaceKind, newNamespace({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
}

function fixedDocuments(kinds: readonly ApiKind[], version: string): Map<string, unknown> {
  const served = {
    major: '1',
    minor: '32',
    gitVersion: `v1.32.0+openfunction.${version}`,
    platform: `${process.platform}/${process.arch}`,
  };
  return new Map([...discoveryDocuments(kinds), ...openapiDocuments(kinds, version), ['/version', served]]);
}

async function respond(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://api');
  let subject: ErrorSubject = {};
  try {
    if (!isAuthorized(request, serving.options.token)) throw new ApiError('Unauthorized', 'Unauthorized');
    if (await answerFixed(serving, request, url, response)) return;
    const path = parseResourcePath(serving.context.kinds, url.pathname);
    if (path === undefined) throw new ApiError('NotFound', 'the server could not find the requested resource');
    subject = { group: path.kind.group, kind: path.kind.plural, kindName: path.kind.kind, name: path.name };
    await answerPath(serving, { request, response, url, path });
  } catch (error) {
    fail(serving, request, response, statusOf(error, subject), error);
  }
}

function fail(
  serving: Serving,
  request: IncomingMessage,
  response: ServerResponse,
  status: ReturnType<typeof statusOf>,
  error: unknown,
): void {
  if (status.code === 500) serving.options.log?.('request failed', { method: request.method, url: request.url, error });
  if (response.headersSent) response.destroy();
  else {
    // What was not read of a refused body would be taken for the next request.
    if (!request.complete) response.setHeader('connection', 'close');
    sendJson(response, status.code, status);
  }
}

function isAuthorized(request: IncomingMessage, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token}`));
}

async function answerFixed(serving: Serving, request: IncomingMessage, url: URL, response: ServerResponse): Promise<boolean> {
  const document = serving.documents.get(url.pathname.replace(/\/$/, ''));
  if (request.method === 'GET' && document !== undefined) {
    sendJson(response, 200, document);
    return true;
  }
  if (url.pathname === '/healthz' || url.pathname === '/livez' || url.pathname === '/readyz') {
    response.end('ok');
    return true;
  }
  if (request.method === 'GET' && url.pathname === '/metrics' && serving.options.metrics !== undefined) {
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
    response.end(serving.options.metrics());
    return true;
  }
  const review = reviewAt(request.method ?? '', url.pathname);
  if (review === undefined) return false;
  await readBody(request);
  sendJson(response, 201, review);
  return true;
}

async function answerPath(serving: Serving, exchange: Exchange): Promise<void> {
  const { request, url, path } = exchange;
  const query = url.searchParams;
  const isRead = request.method === 'GET';
  if (path.subresource !== 'log') checkAccepted(request.headers.accept ?? '');
  if (isRead && path.subresource === 'log' && path.kind.kind === 'Pod') return sendLog(serving, exchange);
  if (isRead && path.name === undefined && (query.get('watch') === 'true' || query.get('watch') === '1'))
    return sendWatch(serving, exchange);
  const contentType = request.headers['content-type'] ?? 'application/json';
  const body = isRead ? Buffer.alloc(0) : await readBody(request);
  const userAgent = request.headers['user-agent'] ?? '';
  const answer = await answerResource(serving.context, { method: request.method ?? '', path, query, contentType, userAgent, body });
  await sendAnswer(exchange, answer, { now: serving.now, signal: endOf(serving, exchange, 0) });
}

function endOf(serving: Serving, exchange: Exchange, seconds: number): AbortSignal {
  const gone = new AbortController();
  exchange.response.once('close', () => gone.abort());
  const limit = seconds > 0 ? [AbortSignal.timeout(seconds * 1000)] : [];
  return AbortSignal.any([serving.closing, gone.signal, ...limit]);
}

async function sendWatch(serving: Serving, exchange: Exchange): Promise<void> {
  const { request, response, url, path } = exchange;
  const query = url.searchParams;
  const include = tableWanted(request, url);
  const shown = viewOf(request);
  const signal = endOf(serving, exchange, Math.min(Number(query.get('timeoutSeconds') ?? 0) || 0, 86_400));
  numberOf(query, 'resourceVersion');
  const resourceVersion = query.get('resourceVersion') ?? '';
  const lines = watchLines({
    kind: path.kind,
    reader: readerOf(serving.context, path.kind),
    namespace: path.namespace,
    selector: selectorOf(path.kind, query),
    resourceVersion: resourceVersion === '' || resourceVersion === '0' ? undefined : resourceVersion,
    bookmarks: query.get('allowWatchBookmarks') === 'true',
    render: (object: KubeObject) =>
      include === undefined
        ? shown(object)
        : tableOf(path.kind, [object], {
            metadata: { resourceVersion: object.metadata.resourceVersion },
            includeObject: include,
            now: serving.now(),
          }),
    signal,
  });
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  await stream(response, lines, signal);
}

async function sendLog(serving: Serving, exchange: Exchange): Promise<void> {
  const { workloads } = serving.context;
  const { url, path, response } = exchange;
  if (workloads === undefined) throw new ApiError('NotFound', 'There are no instances here.');
  const key = { namespace: path.namespace ?? '', name: path.name ?? '' };
  const previous = url.searchParams.get('previous') === 'true';
  const instance = await instanceOfPod(workloads, key);
  const signal = endOf(serving, exchange, 0);
  const tail = url.searchParams.get('tailLines');
  const follow = url.searchParams.get('follow') === 'true';
  const how = { follow, previous, ...(tail === null ? {} : { tailLines: Number(tail) || 0 }), signal };
  // What is no more has its name still, and a log for a while.
  const lines = workloads.logs(instance?.id ?? key.name, how);
  const text = instance === undefined || previous ? await begun(logText(lines), { name: key.name, previous }) : logText(lines);
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  await stream(response, text, signal);
}

/** The same lines; throws at once when there is no such log. */
async function begun(
  lines: AsyncGenerator<string>,
  { name, previous }: { name: string; previous: boolean },
): Promise<AsyncGenerator<string>> {
  const first = await lines.next().catch((cause: unknown) => {
    if (!(cause instanceof WorkloadError)) throw cause;
    throw previous
      ? new ApiError(
          'BadRequest',
          `previous terminated container "function" in pod "${name}" not found: no log of an instance before it is kept`,
        )
      : new ApiError('NotFound', `pods "${name}" not found`);
  });
  return (async function* rest() {
    if (first.done !== true) yield first.value;
    yield* lines;
  })();
}

async function* logText(lines: AsyncIterable<{ text: string }>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line.text}\n`;
}
