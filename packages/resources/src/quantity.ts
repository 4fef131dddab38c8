const units: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** What a quantity such as `500m`, `128Mi` or `1e9` means; undefined for what is none. */
export function quantityOf(quantity: number | string): number | undefined {
  if (typeof quantity === 'number') return quantity;
  const [, number = '', exponent, unit] = /^(\d{1,18}(?:\.\d{1,9})?)(?:[eE]([+-]?\d{1,3})|([mkMGTPE]|[KMGTPE]i))?$/.exec(quantity) ?? [];
  if (number === '') return undefined;
  if (exponent !== undefined) return Number(`${number}e${exponent}`);
  return Number(number) * (unit === undefined ? 1 : (units[unit] ?? 1));
}
