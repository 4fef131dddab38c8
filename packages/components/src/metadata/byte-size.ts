import type { Parser } from './parsers.ts';

const units: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 };

/** Kubernetes' form, `100Mi`; a bare number counts bytes. */
export const byteSize: Parser<number> = {
  says: 'a size such as "100Mi"',
  parse: (value) => {
    const [, amount, unit = ''] = /^\s*(\d{1,12})\s*([kmg]i?)?b?\s*$/i.exec(value) ?? [];
    return amount === undefined ? undefined : Number(amount) * (units[unit.toLowerCase()] ?? 1);
  },
};
