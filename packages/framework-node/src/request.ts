import { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';

type Listen = (this: FunctionRequest, event: string, listener: (...args: unknown[]) => void) => FunctionRequest;

/** A request with the helpers that functions written for Google's framework use; each is computed when first read. */
export class FunctionRequest extends IncomingMessage {
  /** The parsed body: an object for JSON and forms, a string for plain text, else the bytes. */
  body: unknown = undefined;
  /** The bytes of the body as they came. */
  rawBody: Buffer | undefined = undefined;
  #params: Record<string, string> | undefined = undefined;
  #abort: AbortController | undefined = undefined;
  #aborted: { reason: unknown } | undefined = undefined;
  #replaysEnd = false;

  static {
    const { prototype } = this;
    // Node declares a property of this name, which knows of the caller's end only: ours also aborts at the timeout.
    Object.defineProperty(prototype, 'signal', {
      configurable: true,
      get(this: FunctionRequest) {
        return this.#abortSignal();
      },
    });
    for (const name of ['on', 'addListener', 'once'] as const) {
      const plain = IncomingMessage.prototype[name] as unknown as Listen;
      const listen: Listen = function (event, listener) {
        plain.call(this, event, listener);
        if (event === 'end') this.#replayEnd();
        return this;
      };
      Object.defineProperty(prototype, name, { configurable: true, writable: true, value: listen });
    }
  }

  /** @internal */
  abort(reason: unknown): void {
    this.#aborted ??= { reason };
    this.#abort?.abort(this.#aborted.reason);
  }

  /** Values of the path's parameters. */
  get params(): Record<string, string> {
    return (this.#params ??= {});
  }

  set params(params: Record<string, string>) {
    this.#params = params;
  }

  get path(): string {
    const url = this.url ?? '/';
    const mark = url.indexOf('?');
    return mark < 0 ? url : url.slice(0, mark);
  }

  get originalUrl(): string {
    return this.url ?? '/';
  }

  get query(): Record<string, string | string[] | undefined> {
    const url = this.url ?? '/';
    const mark = url.indexOf('?');
    return mark < 0 ? {} : { ...parse(url.slice(mark + 1)) };
  }

  /** The caller's address: the first that X-Forwarded-For names, since the gateway alone writes it. */
  get ip(): string | undefined {
    return this.get('x-forwarded-for')?.split(',')[0]?.trim() || this.socket.remoteAddress;
  }

  get protocol(): string {
    return this.get('x-forwarded-proto')?.split(',')[0]?.trim() || 'http';
  }

  get secure(): boolean {
    return this.protocol === 'https';
  }

  get host(): string | undefined {
    return this.get('x-forwarded-host')?.split(',')[0]?.trim() || this.headers.host;
  }

  get hostname(): string | undefined {
    return this.host?.replace(/:\d*$/, '');
  }

  get xhr(): boolean {
    return this.get('x-requested-with')?.toLowerCase() === 'xmlhttprequest';
  }

  get(name: string): string | undefined {
    const lower = name.toLowerCase();
    const value = lower === 'referrer' || lower === 'referer' ? (this.headers['referrer'] ?? this.headers.referer) : this.headers[lower];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** The same as `get`. */
  header(name: string): string | undefined {
    return this.get(name);
  }

  #abortSignal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#aborted) this.#abort.abort(this.#aborted.reason);
    }
    return this.#abort.signal;
  }

  /** A request without a body has ended before the function sees it: who waits for the end still hears of it. */
  #replayEnd(): void {
    if (this.#replaysEnd || !this.readableEnded || this.rawBody !== undefined) return;
    this.#replaysEnd = true;
    process.nextTick(() => this.emit('end'));
  }
}
