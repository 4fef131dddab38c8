import { STATUS_CODES, ServerResponse } from 'node:http';
import { contentTypeOf, inUtf8, withDefaultCharset } from './content-type.ts';
import { isFresh } from './is-fresh.ts';
import type { FunctionRequest } from './request.ts';
import type { CookieOptions } from './serialize-cookie.ts';
import { serializeCookie } from './serialize-cookie.ts';

/** A response with the helpers that functions written for Google's framework use. */
export class FunctionResponse extends ServerResponse<FunctionRequest> {
  /** @internal When the function was called, by `performance.now()`. */
  declare startedAt: number;

  /** For what one call wants to remember. */
  get locals(): Record<string, unknown> {
    const locals: Record<string, unknown> = {};
    // From now on a field of this response: most have none.
    Object.defineProperty(this, 'locals', { value: locals, configurable: true, enumerable: true, writable: true });
    return locals;
  }

  status(code: number): this {
    if (!Number.isInteger(code) || code < 100 || code > 999)
      throw new RangeError(`Invalid status code: ${JSON.stringify(code)}. It must be an integer from 100 to 999.`);
    this.statusCode = code;
    return this;
  }

  /** Sets a header, or many; a text type without a charset gets UTF-8. */
  set(name: string | Record<string, unknown>, value?: unknown): this {
    if (typeof name !== 'string') {
      for (const [one, its] of Object.entries(name)) this.set(one, its);
      return this;
    }
    const given = Array.isArray(value) ? value.map(String) : String(value);
    this.setHeader(
      name,
      name.toLowerCase() === 'content-type' && typeof given === 'string' ? withDefaultCharset(contentTypeOf(given)) : given,
    );
    return this;
  }

  /** The same as `set`. */
  header(name: string | Record<string, unknown>, value?: unknown): this {
    return this.set(name, value);
  }

  get(name: string): number | string | string[] | undefined {
    return this.getHeader(name);
  }

  /** Adds a value to a header. */
  append(name: string, value: string | string[]): this {
    const present = this.getHeader(name);
    if (present === undefined) return this.set(name, value);
    return this.set(name, [present, value].flat());
  }

  type(name: string): this {
    return this.set('content-type', contentTypeOf(name));
  }

  contentType(name: string): this {
    return this.type(name);
  }

  json(value?: unknown): this {
    const text = JSON.stringify(value) as string | undefined;
    // Nothing was set: the head can be written as it is, without a table of headers.
    if (text !== undefined && this.getHeaderNames().length === 0 && this.statusCode === 200 && !this.headersSent) {
      this.writeHead(200, ['content-type', 'application/json; charset=utf-8', 'content-length', String(Buffer.byteLength(text))]);
      this.end(text);
      return this;
    }
    if (!this.hasHeader('content-type')) this.set('content-type', 'application/json');
    return sendText(this, text);
  }

  send(body?: unknown): this {
    if (ArrayBuffer.isView(body)) {
      if (!this.hasHeader('content-type')) this.type('bin');
      return finish(this, new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
    }
    if (body === null || body === undefined) return finish(this, body === null ? '' : undefined);
    if (typeof body !== 'string') return this.json(body);
    return sendText(this, body);
  }

  sendStatus(code: number): this {
    return this.status(code)
      .type('txt')
      .send(STATUS_CODES[code] ?? String(code));
  }

  location(url: string): this {
    return this.set('location', encodeUrl(url));
  }

  redirect(first: number | string, second?: string): void {
    const code = typeof first === 'number' ? first : 302;
    this.location(typeof first === 'string' ? first : (second ?? ''));
    const target = String(this.getHeader('location'));
    const word = `${STATUS_CODES[code]}. Redirecting to `;
    this.append('vary', 'Accept');
    let body = '';
    switch (preferred(this.req.headers.accept)) {
      case 'text':
        this.type('txt');
        body = word + target;
        break;
      case 'html':
        this.type('html');
        body = `<!DOCTYPE html><head><title>${STATUS_CODES[code]}</title></head><body><p>${word}${escapeHtml(target)}</p></body>`;
        break;
      case 'neither':
        break;
    }
    this.status(code).set('content-length', Buffer.byteLength(body)).end(body);
  }

  cookie(name: string, value: string | number | boolean | object, options: CookieOptions = {}): this {
    return this.append('set-cookie', serializeCookie(name, value, options, Date.now()));
  }

  clearCookie(name: string, options: CookieOptions = {}): this {
    return this.cookie(name, '', { ...options, maxAge: undefined, expires: new Date(1) });
  }
}

function sendText<Res extends FunctionResponse>(res: Res, text: string | undefined): Res {
  if (text === undefined) return finish(res, undefined);
  const type = res.getHeader('content-type');
  res.setHeader('content-type', typeof type === 'string' ? inUtf8(type) : 'text/html; charset=utf-8');
  return finish(res, text);
}

function finish<Res extends FunctionResponse>(res: Res, body: string | Uint8Array | undefined): Res {
  if (body !== undefined && !res.hasHeader('transfer-encoding')) res.setHeader('content-length', Buffer.byteLength(body));
  if (isFreshFor(res)) res.statusCode = 304;
  if (res.statusCode === 204 || res.statusCode === 304) {
    for (const name of ['content-type', 'content-length', 'transfer-encoding']) res.removeHeader(name);
    res.end();
  } else if (res.statusCode === 205) {
    res.removeHeader('transfer-encoding');
    res.setHeader('content-length', 0).end();
  } else res.end(body);
  return res;
}

function isFreshFor(res: FunctionResponse): boolean {
  const { method, headers } = res.req;
  if (method !== 'GET' && method !== 'HEAD') return false;
  if (res.statusCode < 200 || res.statusCode > 299) return false;
  return isFresh(headers, { etag: res.getHeader('etag'), lastModified: res.getHeader('last-modified') });
}

/** What a caller that names types in Accept gets of the two that a redirect can be told in. */
function preferred(accept: string | undefined): 'text' | 'html' | 'neither' {
  if (accept === undefined || accept === '') return 'text';
  const listed = accept.split(',').map((one) => {
    const [type = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((part) => part.startsWith('q='));
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) };
  });
  const qualityOf = (wanted: string): number =>
    [wanted, 'text/*', '*/*'].map((type) => listed.find((one) => one.type === type)?.quality).find((one) => one !== undefined) ?? 0;
  const [text, html] = [qualityOf('text/plain'), qualityOf('text/html')];
  if (text <= 0 && html <= 0) return 'neither';
  if (text !== html) return text > html ? 'text' : 'html';
  const place = (type: string): number => {
    const at = listed.findIndex((one) => one.type === type);
    return at < 0 ? Infinity : at;
  };
  return place('text/html') < place('text/plain') ? 'html' : 'text';
}

function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`)
    .replaceAll('&#38;', '&amp;')
    .replaceAll('&#60;', '&lt;')
    .replaceAll('&#62;', '&gt;')
    .replaceAll('&#34;', '&quot;');
}

/** Encodes what a URL may not hold, and leaves what is encoded already. */
function encodeUrl(url: string): string {
  return url.toWellFormed().replace(/%(?![0-9a-f]{2})|[^\w\-.~!#$&'()*+,/:;=?@[\]%|^\\]+/gi, encodeURI);
}
