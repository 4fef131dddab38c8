import { startsWithName } from './head-lines.ts';

const prefixes = ['x-forwarded-', 'dapr-', 'openfunction-', 'proxy-'];
const names = ['forwarded', 'x-real-ip', 'keep-alive', 'te', 'http2-settings', 'content-length', 'transfer-encoding'];

// Most headers are told apart from all of these by their first letter or their length.
const firstLetters = new Uint8Array(256);
for (const name of [...prefixes, ...names]) {
  firstLetters[name.charCodeAt(0)] = 1;
  firstLetters[name.charCodeAt(0) - 32] = 1;
}

/** Whether a request header of this name does not go on to the function: it is one hop's, or only the platform may set it. */
export function isStripped(bytes: Buffer, start: number, length: number): boolean {
  if (firstLetters[bytes[start]!] === 0) return false;
  for (const prefix of prefixes) if (length >= prefix.length && startsWithName(bytes, start, prefix)) return true;
  for (const name of names) if (length === name.length && startsWithName(bytes, start, name)) return true;
  return false;
}

/** The lines without those that Connection named. */
export function withoutNominated(lines: string, nominated: ReadonlySet<string>): string {
  let kept = '';
  for (const line of lines.split('\r\n')) {
    if (line !== '' && !nominated.has(line.slice(0, line.indexOf(':')).toLowerCase())) kept += `${line}\r\n`;
  }
  return kept;
}
