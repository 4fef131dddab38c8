import { FunctionError } from '../function-error.ts';
import { parseForm } from './parse-form.ts';

/** What a body of this content type is for a function: JSON and forms parsed, plain text as a string, else the bytes. */
export function parseBody(raw: Buffer, contentType: string): unknown {
  const semicolon = contentType.indexOf(';');
  const type = (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
  switch (type) {
    case 'application/json':
    case 'application/cloudevents+json':
      return parseJson(textOf(raw, contentType, (charset) => charset.startsWith('utf-')));
    case 'text/plain':
      return textOf(raw, contentType, () => true);
    case 'application/x-www-form-urlencoded':
      return parseForm(textOf(raw, contentType, (charset) => charset === 'utf-8' || charset === 'iso-8859-1'));
    default:
      return raw;
  }
}

/** Only objects and lists are taken: anything else is refused as on Google's framework. */
function parseJson(text: string): unknown {
  if (text === '') return {};
  try {
    if (/^[ \t\n\r]*[[{]/.test(text)) return JSON.parse(text) as unknown;
  } catch {
    // Answered below: the parser's own words quote the body.
  }
  throw new FunctionError('InvalidBody', 400, 'The body is no JSON object or list. Correct it, or send another content-type.');
}

function textOf(raw: Buffer, contentType: string, allowed: (charset: string) => boolean): string {
  const charset = charsetOf(contentType);
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8') return raw.toString();
  try {
    if (allowed(charset)) return new TextDecoder(charset).decode(raw);
  } catch {
    // Unknown to the decoder: refused below.
  }
  throw new FunctionError('CharsetNotSupported', 415, 'The charset of the content-type is not known here. Send UTF-8.');
}

function charsetOf(contentType: string): string | undefined {
  return /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1]?.toLowerCase();
}
