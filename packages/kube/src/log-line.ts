import type { LogLine } from '@openfunction/workload';

/** Reads `<RFC 3339 time> <text>`; which of the two streams it came from the API server does not tell. */
export function parseLogLine(line: string): LogLine {
  const space = line.indexOf(' ');
  const at = Date.parse(line.slice(0, Math.max(0, space)));
  if (Number.isNaN(at)) return { at: 0, stream: 'stdout', text: line };
  return { at, stream: 'stdout', text: line.slice(space + 1) };
}

/** The X25519 key that a runner announces in the first line of its log: 32 bytes as base64url. */
export function sealingKeyIn(line: string): string | undefined {
  return /(?<![\w-])[\w-]{43}(?![\w-])/.exec(line)?.[0];
}
