/**
 * The one spelling of a path: percent-encoded letters, digits, `-`, `_` and `~` are decoded, other escapes
 * get upper-case hex digits. `undefined` for a path that two readers could take for different ones: `//`,
 * dot segments, `%2e`, `%2f`, `%5c`, `\`, encoded control characters, overlong UTF-8, half escapes.
 */
export function normalisePath(path: string): string | undefined {
  if (path.charCodeAt(0) !== 47) return undefined;
  let escaped = false;
  let segment = 1;
  for (let at = 1; at <= path.length; at++) {
    const code = at === path.length ? 47 : path.charCodeAt(at);
    if (code === 47) {
      const length = at - segment;
      if (length === 0 && at < path.length) return undefined;
      if (length === 1 && path.charCodeAt(segment) === 46) return undefined;
      if (length === 2 && path.charCodeAt(segment) === 46 && path.charCodeAt(segment + 1) === 46) return undefined;
      segment = at + 1;
    } else if (code === 37) {
      escaped = true;
    } else if (code === 92 || code === 35) {
      return undefined;
    }
  }
  return escaped ? decodeOnce(path) : path;
}

function decodeOnce(path: string): string | undefined {
  let out = '';
  for (let at = 0; at < path.length; at++) {
    if (path.charCodeAt(at) !== 37) {
      out += path[at];
      continue;
    }
    const hex = path.slice(at + 1, at + 3);
    if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return undefined;
    const code = Number.parseInt(hex, 16);
    if (isAmbiguous(code)) return undefined;
    out += /[A-Za-z0-9\-_~]/.test(String.fromCharCode(code)) && code < 128 ? String.fromCharCode(code) : `%${hex.toUpperCase()}`;
    at += 2;
  }
  return out;
}

function isAmbiguous(code: number): boolean {
  return code < 32 || code === 127 || code === 46 || code === 47 || code === 92 || code === 0xc0 || code === 0xc1 || code > 0xf4;
}
