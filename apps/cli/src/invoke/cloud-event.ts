import { randomUUID } from 'node:crypto';
import { UsageError } from '../usage-error.ts';

export interface EventOptions {
  type: string;
  source: string;
  id?: string;
  subject?: string;
  mode: 'binary' | 'structured';
  /** `NAME=VALUE`: extensions, and attributes that have no option of their own. */
  attributes: readonly string[];
}

export interface EventRequest {
  headers: Record<string, string[]>;
  body: Uint8Array | undefined;
}

const own = new Set(['id', 'type', 'source', 'specversion', 'subject', 'data', 'data_base64', 'datacontenttype']);

/** A CloudEvent 1.0 as an HTTP request; `contentType` is that of the data. */
export function eventRequest(
  options: EventOptions,
  { data, contentType }: { data: Uint8Array | undefined; contentType: string | undefined },
): EventRequest {
  const { type, source, subject, id = randomUUID(), attributes, mode } = options;
  const dataType = data === undefined ? undefined : (contentType ?? (isJson(data) ? 'application/json' : 'text/plain'));
  const event: Record<string, string> = {
    specversion: '1.0',
    id,
    type,
    source,
    ...(subject === undefined ? {} : { subject }),
    ...Object.fromEntries(attributes.map(attributeOf)),
  };
  if (mode === 'binary') {
    const attributeHeaders = Object.entries(event).map(([name, value]) => [`ce-${name}`, [percentEncoded(value)]] as const);
    return {
      headers: { ...Object.fromEntries(attributeHeaders), ...(dataType === undefined ? {} : { 'content-type': [dataType] }) },
      body: data,
    };
  }
  const body = { ...event, ...(dataType === undefined ? {} : { datacontenttype: dataType }), ...dataOf(data, dataType) };
  return { headers: { 'content-type': ['application/cloudevents+json'] }, body: Buffer.from(JSON.stringify(body)) };
}

/** What the word of `--event-mode` means. */
export function eventMode(text: string): EventOptions['mode'] {
  if (text === 'binary' || text === 'structured') return text;
  throw new UsageError(`--event-mode takes binary or structured, not "${text}".`);
}

function attributeOf(text: string): [string, string] {
  const at = text.indexOf('=');
  const name = text.slice(0, at);
  if (at > 0 && /^[a-z0-9]{1,20}$/.test(name) && !own.has(name)) return [name, text.slice(at + 1)];
  throw new UsageError(
    `--event-attribute takes NAME=VALUE with a name of lower-case letters and digits that has no option of its own, not "${text}".`,
  );
}

/** As the HTTP binding asks for: what a header cannot carry, space, quote and percent are written as %XX of their UTF-8. */
function percentEncoded(value: string): string {
  return value.replaceAll(/[^!#-$&-~]/gu, (character) => {
    const bytes = [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`);
    return bytes.join('');
  });
}

function dataOf(data: Uint8Array | undefined, type: string | undefined): object {
  if (data === undefined) return {};
  const bytes = Buffer.from(data);
  if (/^[^;]*[/+]json\b/i.test(type ?? '') && isJson(data)) return { data: JSON.parse(bytes.toString()) as unknown };
  if (/^text\//i.test(type ?? '')) return { data: bytes.toString() };
  return { data_base64: bytes.toString('base64') };
}

/** Whether it is one whole JSON value. */
export function isJson(data: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(data).toString());
    return true;
  } catch {
    return false;
  }
}
