import type { Parser } from '../metadata/parsers.ts';

/** KEDA's form of names and values, `name=value,other=value`. */
export const pairList: Parser<ReadonlyMap<string, string>> = {
  says: 'a list such as "name=value,other=value"',
  parse: (value) => {
    const pairs = new Map<string, string>();
    for (const part of value.split(',')) {
      if (part.trim() === '') continue;
      const at = part.indexOf('=');
      const name = part.slice(0, at).trim();
      if (at < 0 || name === '') return undefined;
      pairs.set(name, part.slice(at + 1).trim());
    }
    return pairs;
  },
};

/** The same for headers: no name or value that would end its line or is no header. */
export const headerList: Parser<ReadonlyMap<string, string>> = {
  says: 'headers such as "X-Tenant=one,X-Client=two"',
  parse: (value) => {
    const pairs = pairList.parse(value);
    const isFit = [...(pairs ?? [])].every(([name, each]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(each));
    return isFit ? pairs : undefined;
  },
};
