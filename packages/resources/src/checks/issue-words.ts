import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

const kinds: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
/** What most often turned a value into one of another kind. */
const slips: Readonly<Record<string, string>> = {
  'string from number': '; write it in quotation marks',
  'string from boolean': '; write it in quotation marks',
  'number from string': '; write it without quotation marks',
  'int from string': '; write it without quotation marks',
  'boolean from string': '; write it without quotation marks',
  'array from object': '; begin each entry with "- "',
};

/** What is wrong with a field, to be read after its name: in the words of its schema where that has some, else in ours. */
export function issueWords(issue: Issue): string {
  if (/^[a-z]/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return ofKind(issue.expected, /received (\w+)$/.exec(issue.message)?.[1] ?? '');
    case 'too_small':
      return atLeast(issue.origin, Number(issue.minimum));
    case 'too_big':
      return atMost(issue.origin, Number(issue.maximum));
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return `must match ${issue.pattern ?? issue.format}`;
    case 'invalid_union':
      return 'has none of the forms that are taken here; "kubectl explain" has them';
    default:
      return issue.message;
  }
}

function ofKind(expected: string, received: string): string {
  if (received === 'null') return 'is null; give it a value, or leave it out';
  return `must be ${kinds[expected] ?? expected}${slips[`${expected} from ${received}`] ?? ''}`;
}

function atLeast(origin: string, least: number): string {
  if (origin === 'string') return least === 1 ? 'is empty; set it, or leave it out' : `must have ${least} characters or more`;
  return origin === 'array' ? `must have ${entries(least)} or more` : `must be ${least} or more`;
}

function atMost(origin: string, most: number): string {
  if (origin === 'string') return `must have no more than ${most} characters`;
  return origin === 'array' ? `must have no more than ${entries(most)}` : `must be ${most} or less`;
}

function entries(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}
