import type { Condition } from '../object.ts';

/** Of the condition `Pooled`: the image is no function module. */
export const servesByItselfReason = 'ServesByItself';

/** Whether these conditions, of a Serving or of its Function, say that the image is no function module. */
export function servesByItself(conditions: readonly Condition[] = []): boolean {
  return conditions.some(({ type, reason }) => type === 'Pooled' && reason === servesByItselfReason);
}
