const slots = 256;

interface Known {
  authority: string;
  host: string;
}

/** Host headers seen lately: a known one is neither copied out of the bytes nor checked again. */
export class HostCache {
  readonly #known: (Known | undefined)[] = Array.from({ length: slots });

  /** The header and its host in lower case without port; undefined: it is no host name with an optional port. */
  find(bytes: Buffer, start: number, end: number): Known | undefined {
    let hash = end - start;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
    const slot = hash & (slots - 1);
    const known = this.#known[slot];
    if (known !== undefined && equals(bytes, start, end, known.authority)) return known;
    const authority = bytes.toString('latin1', start, end);
    const host = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})?)(?::\d{1,5})?$/.exec(authority)?.[1]?.toLowerCase();
    return host === undefined ? undefined : (this.#known[slot] = { authority, host });
  }
}

function equals(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let index = 0; index < text.length; index++) if (bytes[start + index] !== text.charCodeAt(index)) return false;
  return true;
}
