import type { HeadParser } from '../http1/head-parser.ts';
import type { ConnectionContext } from './context.ts';
import { MirrorCopy } from './mirror-copy.ts';
import type { UpstreamHeadOptions } from './upstream-head.ts';
import { unframedHead } from './upstream-head.ts';

/** Copies at one time, over all functions: their bodies are held. */
const most = 64;

/** The copies of requests that are under way, which never hold up what they are copies of. */
export class Mirrors {
  readonly #open = new Set<MirrorCopy>();

  /** One for each mirror of the route whose share this request falls into; undefined when there is none. */
  begin(head: HeadParser, options: UpstreamHeadOptions, context: ConnectionContext): MirrorCopy[] | undefined {
    const { mirrors } = options.entry.filters!;
    if (mirrors.length === 0 || head.webSocket) return undefined;
    const copies: MirrorCopy[] = [];
    for (const { route, share } of mirrors) {
      if (context.random() >= share) continue;
      const serving = context.routes.get(route)?.serving ?? '';
      if (serving === '' || this.#open.size >= most) {
        context.metrics.mirrorsDropped++;
        continue;
      }
      const copy: MirrorCopy = new MirrorCopy(context, {
        serving,
        head: unframedHead(head, options),
        isChunked: head.chunked,
        onEnd: () => this.#open.delete(copy),
      });
      this.#open.add(copy);
      copies.push(copy);
    }
    return copies.length > 0 ? copies : undefined;
  }

  close(): void {
    for (const copy of this.#open) copy.drop();
  }
}
