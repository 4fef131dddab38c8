import { ApiError } from '../api/api-error.ts';

/** A request's target, taken apart once: what is looked at to allow it is what is done. */
export interface Target {
  /** Decoded; a segment may hold any letter, a slash too. */
  segments: string[];
  query: URLSearchParams;
  /** As it came, with its question mark, or empty. */
  search: string;
}

const longestTarget = 16 * 1024;

/** Refuses whatever could be read in two ways. */
export function parseTarget(url: string): Target {
  if (url.length > longestTarget) throw refusal('it is too long');
  if (!url.startsWith('/') || url.startsWith('//')) throw refusal('it must begin with one "/"');
  if (/[^\x21-\x7e]|[#\\]/.test(url)) throw refusal('it has a character that must be encoded');
  const questionMark = url.indexOf('?');
  const path = questionMark === -1 ? url : url.slice(0, questionMark);
  const search = questionMark === -1 ? '' : url.slice(questionMark);
  const segments = path.slice(1).split('/').map(decodeSegment);
  return { segments, query: new URLSearchParams(search), search };
}

/** The same path again, in the one form that everybody reads alike. */
export function encodePath(segments: readonly string[]): string {
  return `/${segments.map((segment) => encodeURIComponent(segment).replace(/%(?:3A|40|24|2C|3B|2B|3D|26)/g, decodeURIComponent)).join('/')}`;
}

function decodeSegment(raw: string): string {
  const decoded = decodeUtf8(raw);
  if (/\p{Cc}/u.test(decoded)) throw refusal('it has a control character');
  if (decoded.split(/[/\\]/).some((part) => part === '.' || part === '..')) throw refusal('it has a segment "." or ".."');
  return decoded;
}

function decodeUtf8(raw: string): string {
  try {
    return raw.includes('%') ? decodeURIComponent(raw) : raw;
  } catch {
    throw refusal('it is not encoded as UTF-8');
  }
}

function refusal(why: string): ApiError {
  return new ApiError('ERR_BAD_REQUEST', `The path of the request cannot be used: ${why}. Correct the request.`);
}
