import { expect, it } from 'vitest';
import { messages, messagesIn, type Message } from './messages.ts';

/** What to do stands in a hint of its own, or in the usage that is named below. */
const hinted = new Set(['UsageError', 'CommandError']);
/** `ofn` prints with it where to look; the second is in Kubernetes' own words. */
const notFound = /^There is no … "…"…\.$|^… "…" not found$/;

function lacks({ at, by, text }: Message): string[] {
  // What is said of a field follows its name; a part of a sentence is completed by what stands around it.
  const isPart = (by === 'status' && /^[a-z]/.test(text)) || notFound.test(text);
  if (by === 'field' || at.startsWith('packages/resources/'))
    return /\b(?:set|write|choose|must|lower|make|remove)\b/.test(text) ? [] : ['what to do'];
  if (isPart) return [];
  const says = text.split(/(?<=[.?:])\s+(?=\S)|; /).length;
  return [
    ...(/^(?:[A-Z"…]|--|[\w-]+\.(?:json|yaml)|ctx\.|ofn )/.test(text) ? [] : ['a beginning']),
    ...(/[.?…]$/.test(text) || /: [^:]+$/.test(text) ? [] : ['an end']),
    ...(says > 1 || hinted.has(by) || text.endsWith('…') ? [] : ['what to do']),
    ...(/failed to|unable to|went wrong|occurred|\bundefined\b|!/i.test(text) ? ['plain words'] : []),
  ];
}

it('collects them', () => {
  expect(messages().length).toBeGreaterThan(250);
});

it('says in each what failed, why, and what to do next', () => {
  expect(messages().flatMap((message) => lacks(message).map((what) => `${message.at} lacks ${what}: ${message.text}`))).toEqual([]);
});

it('would see one that says too little', () => {
  const code = `throw new BuildError('X', flag ? 'it broke' : \`The build of \${name} failed to run\`);
    const said = { code: 'A', message: 'Oh no.' }; const cause = { path: [], message: 'is bad' };`;
  expect(messagesIn('a.ts', code).map((each) => [each.by, each.text, ...lacks(each)])).toEqual([
    ['BuildError', 'it broke', 'a beginning', 'an end', 'what to do'],
    ['BuildError', 'The build of … failed to run', 'an end', 'what to do', 'plain words'],
    ['status', 'Oh no.', 'what to do'],
    ['field', 'is bad', 'what to do'],
  ]);
});
