import { STATUS_CODES, ServerResponse } from 'node:http';
import type { FunctionRequest } from './request.ts';

const types: Record<string, string> = {
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  bin: 'application/octet-stream',
};

/** Attributes of a cookie; `maxAge` is in milliseconds. */
export interface CookieOptions {
  path?: string;
  domain?: string;
  maxAge?: number;
  httpOnly?: boolean;
  secure?: boolean;
  sameSite?: 'Strict' | 'Lax' | 'None';
}

/** A response with the helpers that functions written for Google's framework use. */
export class FunctionResponse extends ServerResponse<FunctionRequest> {
  status(code: number): this {
    this.statusCode = code;
    return this;
  }

  /** Sets a header, or many; a text type without a charset gets UTF-8. */
  set(name: string | Record<string, string | string[]>, value: string | string[] = ''): this {
    if (typeof name !== 'string') for (const [one, its] of Object.entries(name)) this.set(one, its);
    else
      this.setHeader(
        name,
        name.toLowerCase() === 'content-type' && typeof value === 'string' && /^(text\/|application\/json)/i.test(value)
          ? withCharset(value)
          : value,
      );
    return this;
  }

  /** The same as `set`. */
  header(name: string | Record<string, string | string[]>, value?: string | string[]): this {
    return this.set(name, value);
  }

  get(name: string): number | string | string[] | undefined {
    return this.getHeader(name);
  }

  type(name: string): this {
    return this.set('content-type', types[name] ?? name);
  }

  json(value: unknown): this {
    const text = JSON.stringify(value);
    if (this.hasHeader('content-type') || text === undefined) return this.send(text);
    this.setHeader('content-type', 'application/json; charset=utf-8');
    return this.#finish(text);
  }

  send(body?: unknown): this {
    if (body instanceof Uint8Array) {
      if (!this.hasHeader('content-type')) this.setHeader('content-type', 'application/octet-stream');
      return this.#finish(body);
    }
    if (body !== null && body !== undefined && typeof body !== 'string') return this.json(body);
    const text = body ?? '';
    const type = this.getHeader('content-type');
    if (typeof type === 'string') this.setHeader('content-type', withCharset(type));
    else if (text !== '') this.setHeader('content-type', 'text/html; charset=utf-8');
    return this.#finish(text);
  }

  sendStatus(code: number): this {
    return this.status(code)
      .type('txt')
      .send(STATUS_CODES[code] ?? String(code));
  }

  redirect(first: number | string, second?: string): this {
    const location = encodeUrl(typeof first === 'string' ? first : (second ?? '/'));
    const code = typeof first === 'number' ? first : 302;
    return this.status(code).set('location', location).type('txt').send(`${STATUS_CODES[code]}. Redirecting to ${location}`);
  }

  cookie(name: string, value: string, options: CookieOptions = {}): this {
    const parts = [`${name}=${encodeURIComponent(value)}`];
    if (options.maxAge !== undefined) parts.push(`Max-Age=${Math.floor(options.maxAge / 1000)}`);
    if (options.domain) parts.push(`Domain=${options.domain}`);
    parts.push(`Path=${options.path ?? '/'}`);
    if (options.httpOnly) parts.push('HttpOnly');
    if (options.secure) parts.push('Secure');
    if (options.sameSite) parts.push(`SameSite=${options.sameSite}`);
    this.appendHeader('set-cookie', parts.join('; '));
    return this;
  }

  #finish(body: string | Uint8Array): this {
    if (this.statusCode === 204 || this.statusCode === 304) {
      this.removeHeader('content-type');
      this.end();
      return this;
    }
    this.setHeader('content-length', Buffer.byteLength(body));
    this.end(body);
    return this;
  }
}

function withCharset(type: string): string {
  return /;\s*charset=/i.test(type) ? type : `${type}; charset=utf-8`;
}

/** Encodes what a URL may not hold, and leaves what is encoded already. */
function encodeUrl(url: string): string {
  return url.toWellFormed().replace(/%(?![0-9a-f]{2})|[^\w\-.~!#$&'()*+,/:;=?@[\]%|^\\]+/gi, encodeURI);
}
