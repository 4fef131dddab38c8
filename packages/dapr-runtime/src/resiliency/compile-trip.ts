import { Environment } from '@marcbachmann/cel-js';
import type { Counts } from './circuit-breaker.ts';

const longestRule = 4096;
const names = ['requests', 'totalSuccesses', 'totalFailures', 'consecutiveSuccesses', 'consecutiveFailures'] as const;
const environment = names.reduce((known, name) => known.registerVariable(name, 'int'), new Environment({ unlistedVariablesAreDyn: false }));

/** When a circuit breaker opens: CEL over its counts. Throws an error that says what is wrong with the rule. */
export function compileTrip(text: string): (counts: Counts) => boolean {
  if (text.length > longestRule) throw new Error(`it is longer than ${longestRule} characters`);
  const evaluate = environment.parse(text);
  const { valid, type, error } = evaluate.check();
  if (!valid) throw error ?? new Error('it does not hold together');
  if (type !== 'bool') throw new Error(`it gives ${type} and not bool`);
  return (counts) => {
    try {
      return evaluate(Object.fromEntries(names.map((name) => [name, BigInt(counts[name])]))) === true;
    } catch {
      // Such as a division by what is still 0: nothing can be said yet.
      return false;
    }
  };
}
