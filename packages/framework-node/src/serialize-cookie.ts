/** Attributes of a cookie; `maxAge` is in milliseconds. */
export interface CookieOptions {
  path?: string;
  domain?: string;
  maxAge?: number;
  expires?: Date;
  httpOnly?: boolean;
  secure?: boolean;
  partitioned?: boolean;
  priority?: 'low' | 'medium' | 'high';
  sameSite?: boolean | 'strict' | 'lax' | 'none' | 'Strict' | 'Lax' | 'None';
}

/** The value of a Set-Cookie header; throws on a name or attribute that could break out of it. */
export function serializeCookie(name: string, value: string | number | boolean | object, options: CookieOptions, nowMs: number): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) throw new TypeError('The name of a cookie may hold only the characters of a token.');
  const text = typeof value === 'object' ? `j:${JSON.stringify(value)}` : `${value}`;
  const parts = [`${name}=${encodeURIComponent(text)}`];
  const { maxAge, domain, path = '/' } = options;
  const expires = maxAge === undefined ? options.expires : new Date(nowMs + maxAge);
  if (maxAge !== undefined) parts.push(`Max-Age=${Math.floor(maxAge / 1000)}`);
  if (domain) parts.push(`Domain=${attribute(domain)}`);
  parts.push(`Path=${attribute(path)}`);
  if (expires) parts.push(`Expires=${expires.toUTCString()}`);
  if (options.httpOnly) parts.push('HttpOnly');
  if (options.secure) parts.push('Secure');
  if (options.partitioned) parts.push('Partitioned');
  if (options.priority) parts.push(`Priority=${capital(options.priority)}`);
  if (options.sameSite) parts.push(`SameSite=${capital(options.sameSite === true ? 'strict' : options.sameSite)}`);
  return parts.join('; ');
}

function attribute(text: string): string {
  if (!/^[\u0020-\u003A\u003C-\u007E]*$/.test(text)) throw new TypeError('An attribute of a cookie may hold no ";" or control character.');
  return text;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}
