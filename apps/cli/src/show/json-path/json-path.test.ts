import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UsageError } from '../../usage-error.ts';
import { jsonPath } from './evaluate.ts';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', labels: { 'app.kubernetes.io/name': 'orders', tier: 'back' } },
  spec: {
    containers: [
      { name: 'a', image: 'one', ports: [{ containerPort: 80 }] },
      { name: 'b', image: 'two', ports: [{ containerPort: 8080 }, { containerPort: 9090 }] },
      { name: 'c', image: 'three' },
    ],
  },
};

// What kubectl 1.32 prints of the same Pod (`kubectl patch --local -f pod.yaml -p '{}' -o jsonpath=…`).
it.each([
  ['{.metadata.name}', 'p'],
  ['.metadata.name', 'p'],
  ['{$.metadata.name}', 'p'],
  ['name is {.metadata.name}{"\\n"}', 'name is p\n'],
  ['{.metadata.labels.tier}', 'back'],
  ['{.metadata.labels.app\\.kubernetes\\.io/name}', 'orders'],
  ['{.spec.containers[*].name}', 'a b c'],
  ['{.spec.containers[0].name}', 'a'],
  ['{.spec.containers[-1].name}', 'c'],
  ['{.spec.containers[0,2].name}', 'a c'],
  ['{.spec.containers[1:].name}', 'b c'],
  ['{.spec.containers[0:2].name}', 'a b'],
  ['{.spec.containers[?(@.name=="b")].image}', 'two'],
  ["{.spec.containers[?(@.name != 'b')].image}", 'one three'],
  ['{.spec.containers[?(@.ports)].name}', 'a b'],
  ['{..containerPort}', '80 8080 9090'],
  ['{range .spec.containers[*]}{.name}={.image}{"\\t"}{end}', 'a=one\tb=two\tc=three\t'],
  ['{.spec.containers[0].ports}', '[{"containerPort":80}]'],
  ['{.spec.containers[1].ports[?(@.containerPort>8080)].containerPort}', '9090'],
])('prints of %s what kubectl prints', (template, text) => {
  expect(jsonPath(template)(pod)).toBe(text);
});

it('takes a name with dots in brackets too, of which kubectl prints nothing', () => {
  expect(jsonPath("{.metadata.labels['app.kubernetes.io/name']}")(pod)).toBe('orders');
});

it('prints nothing of what is not there', () => {
  for (const template of [
    '{.metadata.lost}',
    '{.spec.containers[9].name}',
    '{.metadata.name.first}',
    '{.spec.containers.name}',
    '{.metadata.toString}',
  ])
    expect(jsonPath(template)(pod)).toBe('');
});

it('says what is wrong with a template, and where', () => {
  for (const [template, what] of [
    ['{.metadata.name', 'a "{" without its "}"'],
    ['{.a[}', 'neither an index nor a slice'],
    ['{range .a[*]}{.b}', 'a {range} without its {end}'],
    ['{end}', 'an {end} without its {range}'],
    ['{"a}', 'without its closing quote'],
    ['{.a[?(@.b=c)]}', 'a filter'],
  ] as const)
    expect(() => jsonPath(template)).toThrow(what);
});

it('either prints or refuses whatever it is given', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '.',
    '..',
    '[',
    ']',
    '*',
    '?(',
    ')',
    '@',
    '$',
    '"',
    "'",
    '\\',
    ' ',
    'a',
    '0',
    '-1',
    ':',
    ',',
    '==',
    'range',
    'end',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.jsonValue(), (pieces, value) => {
      try {
        expect(typeof jsonPath(pieces.join(''))(value)).toBe('string');
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
    { numRuns: 2000 },
  );
});
