import { createHmac, timingSafeEqual } from 'node:crypto';

export interface HostKeys {
  /** Types of the keys that are known for the host, to ask it for one of them. */
  types: readonly string[];
  isTrusted(key: Uint8Array): boolean;
}

interface Line {
  type: string;
  key: Buffer;
  isRevoked: boolean;
}

/** What a known_hosts file says of one host. Certificate authorities count for nothing; a revoked key is never trusted. */
export function hostKeys(text: string, { host, port }: { host: string; port: number }): HostKeys {
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
  const lines = text.split('\n').flatMap((line) => parsed(line.trim(), name));
  const trusted = lines.filter(({ isRevoked }) => !isRevoked);
  const isIn = (key: Uint8Array, among: readonly Line[]): boolean => among.some((line) => line.key.equals(key));
  return {
    types: [...new Set(trusted.map(({ type }) => type))],
    isTrusted: (key) =>
      isIn(key, trusted) &&
      !isIn(
        key,
        lines.filter(({ isRevoked }) => isRevoked),
      ),
  };
}

function parsed(line: string, name: string): Line[] {
  if (line === '' || line.startsWith('#')) return [];
  const words = line.split(/[ \t]+/);
  const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined;
  const [hosts = '', type = '', key = ''] = words;
  if (marker === '@cert-authority' || !matches(hosts, name)) return [];
  return [{ type, key: Buffer.from(key, 'base64'), isRevoked: marker === '@revoked' }];
}

function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith('|1|')) return isHashOf(hosts, name);
  const patterns = hosts.toLowerCase().split(',');
  const fits = (pattern: string): boolean => fitsGlob(pattern, name);
  return !patterns.some((each) => each.startsWith('!') && fits(each.slice(1))) && patterns.some((each) => fits(each));
}

function isHashOf(hashed: string, name: string): boolean {
  const [, , salt = '', hash = ''] = hashed.split('|');
  const expected = Buffer.from(hash, 'base64');
  const found = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === found.length && timingSafeEqual(expected, found);
}

/** `*` and `?`, in time linear in each star. */
function fitsGlob(pattern: string, text: string): boolean {
  let [at, star, resume] = [0, -1, 0];
  let index = 0;
  while (index < text.length) {
    if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[index]) && pattern[at] !== '*') {
      at += 1;
      index += 1;
    } else if (pattern[at] === '*') {
      star = at;
      resume = index;
      at += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      index = resume;
    } else return false;
  }
  return pattern.slice(at).replaceAll('*', '') === '';
}
