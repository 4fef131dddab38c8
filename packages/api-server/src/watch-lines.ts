import { apiVersionOf, keyOf, keyText, type KubeObject } from '@openfunction/resources';
import { left, type WatchEvent } from '@openfunction/store';
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
      const told = selected(event, selector, seen);
      if (told !== undefined) yield line(told.type, options.render(told.object));
    }
  } catch (error) {
    if (!signal.aborted) yield line('ERROR', statusOf(error));
  }
}

type ObjectEvent = Exclude<WatchEvent<KubeObject>, { type: 'BOOKMARK' }>;

/** An object that begins or ceases to match was, for this watcher, added or deleted; then it is told as it was. */
function selected(event: ObjectEvent, selector: Selector, seen: Set<string>): ObjectEvent | undefined {
  if (selector.isEmpty) return event;
  const { object, previous = object } = event;
  const key = keyText(keyOf(object));
  const wasIn = event.type !== 'ADDED' && (seen.has(key) || selector.matches(previous));
  const isIn = event.type !== 'DELETED' && selector.matches(object);
  if (isIn) seen.add(key);
  else seen.delete(key);
  if (isIn) return { type: wasIn ? 'MODIFIED' : 'ADDED', object };
  return wasIn ? { type: 'DELETED', object: event.type === 'DELETED' ? object : left(previous, object) } : undefined;
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}
