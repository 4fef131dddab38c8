const factors: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

function amountOf(quantity: string): number {
  const match = /^(\d+(?:\.\d+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(quantity);
  return match === null ? NaN : Number(match[1]) * (factors[match[2] ?? ''] ?? 1);
}

/** The lesser of two Kubernetes quantities; the second when they cannot be compared. */
export function lesserQuantity(one: string, other: string): string {
  return amountOf(one) < amountOf(other) ? one : other;
}
