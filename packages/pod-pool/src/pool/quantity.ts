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

/** Whether two Kubernetes quantities mean the same amount: `1` and `1000m`, `1Gi` and `1024Mi`. */
export function isSameQuantity(left: string | number, right: string | number): boolean {
  const [one, other] = [amountOf(String(left)), amountOf(String(right))];
  return one === undefined || other === undefined ? String(left) === String(right) : one === other;
}

function amountOf(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (factors[match[2] ?? ''] ?? 1);
}
