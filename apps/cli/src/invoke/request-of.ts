import { readFileSync } from 'node:fs';
import { METHODS, validateHeaderName, validateHeaderValue } from 'node:http';
import path from 'node:path';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../usage-error.ts';

/** The method that was asked for, or the one that fits. */
export function methodOf(given: string | undefined, hasBody: boolean): string {
  const method = given?.toUpperCase() ?? (hasBody ? 'POST' : 'GET');
  if (METHODS.includes(method)) return method;
  throw new UsageError(`"${given}" is no HTTP method.`);
}

/** `below` is path and query below the function's own path, which a path-based route has. */
export function urlBelow(own: URL, below: string): URL {
  const [path = '', ...query] = below.split('?');
  const url = new URL(own);
  url.pathname = `${own.pathname.replace(/\/$/, '')}${path.startsWith('/') ? path : `/${path}`}`;
  url.search = query.join('?');
  return url;
}

/** Text, `@FILE`, or `@-` for stdin. */
export async function bodyOf(
  data: string | undefined,
  { stdin, cwd }: Pick<CommandContext, 'stdin' | 'cwd'>,
): Promise<Uint8Array | undefined> {
  if (data === undefined) return undefined;
  if (!data.startsWith('@')) return Buffer.from(data);
  if (data !== '@-') return readFileSync(path.resolve(cwd, data.slice(1)));
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

/** By their names in lower case. */
export function headersOf(lines: readonly string[]): Record<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const at = line.indexOf(':');
    const [name, value] = [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
    if (at < 1 || !isHeader(name, value)) throw new UsageError(`A header is "Name: value", not "${line}".`);
    headers.set(name, [...(headers.get(name) ?? []), value]);
  }
  return Object.fromEntries(headers);
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
