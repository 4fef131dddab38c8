import type { IncomingMessage, ServerResponse } from 'node:http';
import { apiVersionOf, type KubeObject } from '@openfunction/resources';
import { sendJson, stream } from './answer-stream.ts';
import { isMetadataWanted } from './media-types.ts';
import type { ResourcePath } from './request-path.ts';
import type { ResourceAnswer } from './resource-context.ts';
import { tableOf, type IncludeObject } from './table.ts';

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  path: ResourcePath;
}

/** Sends an answer in the form that was asked for: whole, as a table, or metadata alone. */
export async function sendAnswer(
  exchange: Exchange,
  answer: ResourceAnswer,
  { now, signal }: { now: () => number; signal: AbortSignal },
): Promise<void> {
  const { request, response, url, path } = exchange;
  if (answer.as === 'status') return sendJson(response, answer.status, answer.body);
  const include = tableWanted(request, url);
  const metadata =
    answer.as === 'list'
      ? {
          resourceVersion: answer.resourceVersion,
          ...(answer.continue || path.kind.group !== '' ? { continue: answer.continue ?? '' } : {}),
        }
      : { resourceVersion: answer.object.metadata.resourceVersion };
  const objects = answer.as === 'list' ? answer.items : [answer.object];
  const warnings = answer.as === 'object' ? answer.warnings : [];
  const headers: Record<string, string[]> =
    warnings.length > 0 ? { warning: warnings.map((text) => `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`) } : {};
  const status = answer.as === 'list' ? 200 : answer.status;
  if (include !== undefined)
    return sendJson(response, status, tableOf(path.kind, objects, { metadata, includeObject: include, now: now() }), headers);
  const view = viewOf(request);
  if (answer.as === 'object') return sendJson(response, status, view(answer.object), headers);
  const kind = isMetadataWanted(request.headers.accept ?? '')
    ? partial.list
    : { kind: `${path.kind.kind}List`, apiVersion: apiVersionOf(path.kind) };
  return sendList(response, { head: { ...kind, metadata }, items: objects.map(view), signal });
}

const itemsAtOnce = 200;

/** A long list goes out in parts: others have their turn in between, and no text of all of it is ever in memory. */
async function sendList(
  response: ServerResponse,
  { head, items, signal }: { head: object; items: readonly unknown[]; signal: AbortSignal },
): Promise<void> {
  if (items.length <= itemsAtOnce) return sendJson(response, 200, { ...head, items });
  response.writeHead(200, { 'content-type': 'application/json' });
  await stream(response, listText(head, items), signal);
}

async function* listText(head: object, items: readonly unknown[]): AsyncGenerator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"items":[`;
  for (let from = 0; from < items.length; from += itemsAtOnce) {
    const part = items.slice(from, from + itemsAtOnce).map((item) => JSON.stringify(item));
    yield `${from === 0 ? '' : ','}${part.join(',')}`;
    await new Promise(setImmediate);
  }
  yield ']}\n';
}

const partial = {
  one: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' },
  list: { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' },
} as const;

/** How objects are shown to who asks: whole, or their metadata alone. */
export function viewOf(request: IncomingMessage): (object: KubeObject) => unknown {
  if (!isMetadataWanted(request.headers.accept ?? '')) return (object) => object;
  return ({ metadata }) => ({ ...partial.one, metadata });
}

export function tableWanted(request: IncomingMessage, url: URL): IncludeObject | undefined {
  if (!(request.headers.accept ?? '').includes('as=Table')) return undefined;
  const include = url.searchParams.get('includeObject');
  return include === 'None' || include === 'Object' ? include : 'Metadata';
}
