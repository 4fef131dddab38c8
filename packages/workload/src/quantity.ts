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

/** The amount that a Kubernetes quantity such as `500m` or `1Gi` means; undefined when it is none. */
export function amountOf(quantity: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(quantity);
  return match === null ? undefined : Number(match[1]) * (factors[match[2] ?? ''] ?? 1);
}

/** Whether two mean the same: `1` and `1000m`, `1Gi` and `1024Mi`. What is no quantity is compared as text. */
export function isSameQuantity(left: string | number, right: string | number): boolean {
  const [one, other] = [amountOf(String(left)), amountOf(String(right))];
  return one === undefined || other === undefined ? String(left) === String(right) : one === other;
}

/** The lesser of two; the second when they cannot be compared. */
export function lesserQuantity(one: string, other: string): string {
  return (amountOf(one) ?? Infinity) < (amountOf(other) ?? -Infinity) ? one : other;
}
