import { apiVersionOf, keyOf, keyText, type KubeObject } from '@openfunction/resources';
import type { WatchEvent } from '@openfunction/store';
import { statusOf } from './api-error.ts';
import type { ApiKind } from './api-kind.ts';
import type { Reader } from './pods.ts';
import type { Selector } from './selector.ts';

export interface WatchLinesOptions {
  kind: ApiKind;
  reader: Reader;
  namespace?: string;
  selector: Selector;
  resourceVersion?: string;
  bookmarks: boolean;
  /** An object, as the client wants to see it. */
  render: (object: KubeObject) => unknown;
  signal: AbortSignal;
}

/** A watch as Kubernetes writes it, one JSON event a line. A watch that cannot go on ends with an ERROR event. */
export async function* watchLines(options: WatchLinesOptions): AsyncGenerator<string> {
  const { kind, reader, selector, signal } = options;
  const seen = new Set<string>();
  try {
    const events = reader.watch({
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      ...(options.resourceVersion === undefined ? {} : { resourceVersion: options.resourceVersion }),
      labels: selector.labels,
      signal,
    });
    for await (const event of events) {
      if (event.type === 'BOOKMARK') {
        const bookmark = {
          apiVersion: apiVersionOf(kind),
          kind: kind.kind,
          metadata: { resourceVersion: event.resourceVersion, creationTimestamp: null },
        };
        if (options.bookmarks) yield line('BOOKMARK', bookmark);
        continue;
      }
      const type = selectedType(event, selector, seen);
      if (type !== undefined) yield line(type, options.render(event.object));
    }
  } catch (error) {
    if (!signal.aborted) yield line('ERROR', statusOf(error));
  }
}

/** An object that begins or ceases to match was, for this watcher, added or deleted. */
function selectedType(
  event: Exclude<WatchEvent<KubeObject>, { type: 'BOOKMARK' }>,
  selector: Selector,
  seen: Set<string>,
): string | undefined {
  if (selector.isEmpty) return event.type;
  const key = keyText(keyOf(event.object));
  const wasSeen = seen.has(key);
  if (event.type === 'DELETED' || !selector.matches(event.object)) {
    seen.delete(key);
    return wasSeen || (event.type === 'DELETED' && selector.matches(event.object)) ? 'DELETED' : undefined;
  }
  seen.add(key);
  return event.type;
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}
