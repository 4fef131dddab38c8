/** The brokers' own refusals, which trying again does not change. */
const refusals = new Set([
  'MESSAGE_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
]);

interface Nested {
  apiId?: string;
  message?: string;
  cause?: unknown;
  errors?: unknown[];
}

/** The innermost errors: the client wraps each retry and each broker around them. */
function leaves(error: unknown): Nested[] {
  if (typeof error !== 'object' || error === null) return [{ message: String(error) }];
  const nested = error as Nested;
  const inner = [...(nested.errors ?? []), ...(nested.cause === undefined ? [] : [nested.cause])];
  return inner.length === 0 ? [nested] : inner.flatMap(leaves);
}

export function isRefusal(error: unknown): boolean {
  return leaves(error).some(({ apiId }) => apiId !== undefined && refusals.has(apiId));
}

export function becauseOf(error: unknown): string {
  const [first] = leaves(error);
  return [first?.apiId, first?.message?.replace(/\.$/, '')].filter((part) => part !== undefined).join(': ');
}
