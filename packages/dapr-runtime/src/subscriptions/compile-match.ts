import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import type { CloudEvent } from '../cloudevents/cloud-event.ts';

/** A rule of a route, in CEL over `event`. */
export interface Match {
  readonly text: string;
  /** False too where the rule cannot be computed for this event, such as for want of an attribute. */
  takes(event: CloudEvent): boolean;
}

const longestRule = 4096;
// CEL's expressions are RE2's; JavaScript's own would let one rule hold up the process.
const environment = new Environment({ unlistedVariablesAreDyn: false })
  .registerVariable('event', 'map')
  .registerFunction('string.re2Matches(string): bool', (text: string, pattern: string) => RE2JS.compile(pattern).matcher(text).find());

/** Throws an error that says what is wrong with the rule. */
export function compileMatch(text: string): Match {
  if (text.length > longestRule) throw new Error(`it is longer than ${longestRule} characters`);
  const evaluate = environment.parse(withRe2(text));
  return {
    text,
    takes: (event) => {
      try {
        return evaluate({ event }) === true;
      } catch {
        return false;
      }
    },
  };
}

function withRe2(text: string): string {
  const calls: number[] = [];
  collect(environment.parse(text).ast, text, calls);
  return calls
    .toSorted((left, right) => right - left)
    .reduce((changed, at) => `${changed.slice(0, at)}re2Matches${changed.slice(at + 'matches'.length)}`, text);
}

/** Where in the text the name of each call of `matches` begins. */
function collect(node: unknown, text: string, calls: number[]): void {
  if (Array.isArray(node)) for (const inner of node) collect(inner, text, calls);
  if (!isNode(node)) return;
  if (node.op === 'rcall' && node.args[0] === 'matches') calls.push(text.indexOf('matches', node.args[1].range.end));
  if (node.op === 'call' && node.args[0] === 'matches') throw new Error('write text.matches(pattern), and not matches(text, pattern)');
  collect(node.args, text, calls);
}

const isNode = (value: unknown): value is ASTNode => typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
