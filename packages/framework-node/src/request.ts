import { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';

/** A request with the helpers that functions written for Google's framework use; each is computed when first read. */
export class FunctionRequest extends IncomingMessage {
  /** The parsed body: an object for JSON and forms, a string for text, else the bytes. */
  body: unknown = undefined;
  /** The bytes of the body as they came. */
  rawBody: Buffer | undefined = undefined;
  /** Values of the path's parameters. */
  params: Record<string, string> = {};

  get path(): string {
    const url = this.url ?? '/';
    const mark = url.indexOf('?');
    return mark < 0 ? url : url.slice(0, mark);
  }

  get query(): Record<string, string | string[] | undefined> {
    const url = this.url ?? '/';
    const mark = url.indexOf('?');
    return mark < 0 ? {} : { ...parse(url.slice(mark + 1)) };
  }

  get ip(): string | undefined {
    return this.socket.remoteAddress;
  }

  get(name: string): string | undefined {
    const value = this.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** The same as `get`. */
  header(name: string): string | undefined {
    return this.get(name);
  }
}
