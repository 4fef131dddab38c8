import { patternTest } from './patterns.ts';

/** What a request must have besides its host and path. */
export interface Conditions {
  /** Empty: any. */
  method: string;
  /** Names in lower case. */
  headers: ValueMatch[];
  queryParams: ValueMatch[];
}

export interface ValueMatch {
  name: string;
  value: string;
  isPattern: boolean;
}

/** What of a request is looked at. */
export interface RoutedRequest {
  readonly method: string;
  /** `?query`, or empty. */
  readonly query: string;
  /** The header lines that the function gets, each with its CRLF: nothing else of the caller can decide. */
  readonly forwarded: string;
}

export type Holds = (request: RoutedRequest) => boolean;

/** Whether requests meet all of the conditions; undefined when every one does. */
export function holdsFor(conditions: Conditions | undefined): Holds | undefined {
  if (conditions === undefined) return undefined;
  const { method, headers, queryParams } = conditions;
  if (method === '' && headers.length + queryParams.length === 0) return undefined;
  const ofHeaders = headers.map(({ name, ...value }) => ({ name, test: testOf(value) }));
  const ofQuery = queryParams.map(({ name, ...value }) => ({ name, test: testOf(value) }));
  return (request) => {
    if (method !== '' && request.method !== method) return false;
    if (!ofHeaders.every(({ name, test }) => isSomeAnd(headerValue(request.forwarded, name), test))) return false;
    if (ofQuery.length === 0) return true;
    const query = new URLSearchParams(request.query);
    // All of a name, since the function might read another one than we.
    return ofQuery.every(({ name, test }) => query.has(name) && query.getAll(name).every(test));
  };
}

function testOf({ value, isPattern }: Omit<ValueMatch, 'name'>): (text: string) => boolean {
  return isPattern ? patternTest(value) : (text) => text === value;
}

function isSomeAnd(value: string | undefined, test: (text: string) => boolean): boolean {
  return value !== undefined && test(value);
}

/** The values of all lines of a name, with commas between, as RFC 9110 5.3 reads them. */
export function headerValue(lines: string, name: string): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < lines.length;) {
    const end = lines.indexOf('\r\n', at);
    if (lines.charCodeAt(at + name.length) === 58 && lines.slice(at, at + name.length).toLowerCase() === name) {
      const value = lines.slice(at + name.length + 1, end).trim();
      found = found === undefined ? value : `${found},${value}`;
    }
    at = end + 2;
  }
  return found;
}
