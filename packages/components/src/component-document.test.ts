import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseComponents } from './component-document.ts';
import { ComponentError } from './component-error.ts';

const component = (spec: string, rest = ''): string =>
  `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: orders}\nspec: ${spec}\n${rest}`;

describe('parseComponents', () => {
  it('takes values as texts, numbers, booleans and objects', () => {
    const [parsed] = parseComponents(
      component(
        '{type: state.redis, version: v1, metadata: [{name: a, value: "1"}, {name: b, value: 1}, {name: c, value: true}, {name: d, value: {x: [1]}}, {name: e}]}',
      ),
      'a.yaml',
    );
    expect(parsed?.metadata.map((item) => item.from === 'value' && item.value)).toEqual(['1', '1', 'true', '{"x":[1]}', '']);
  });

  it('takes secrets, variables, scopes, the secret store and the time to open', () => {
    const rest = 'scopes: [one, two]\nauth: {secretStore: vault}\n';
    const [parsed] = parseComponents(
      component(
        '{type: state.redis, initTimeout: 1m, ignoreErrors: true, metadata: [{name: a, secretKeyRef: {name: s, key: k}}, {name: b, secretKeyRef: {name: s}}, {name: c, envRef: V}]}',
        rest,
      ),
      'a.yaml',
    );
    expect(parsed).toEqual({
      name: 'orders',
      type: 'state.redis',
      version: 'v1',
      scopes: ['one', 'two'],
      secretStore: 'vault',
      ignoreErrors: true,
      initTimeoutMs: 60_000,
      metadata: [
        { name: 'a', from: 'secret', secret: 's', key: 'k' },
        { name: 'b', from: 'secret', secret: 's', key: 's' },
        { name: 'c', from: 'environment', variable: 'V' },
      ],
    });
  });

  it('reads several documents and leaves other kinds alone', () => {
    const yaml = `${component('{type: a.b}')}---\nkind: Subscription\n---\n# nothing\n---\n${component('{type: c.d}')}`;
    expect(parseComponents(yaml, 'a.yaml').map(({ type }) => type)).toEqual(['a.b', 'c.d']);
  });

  it.each([
    ['no type', component('{}'), /spec\.type/],
    ['no spec', 'kind: Component\nmetadata: {name: a}\n', /spec must be an object/],
    ['spec null', 'kind: Component\nmetadata: {name: a}\nspec: null\n', /spec must be an object/],
    ['a name that leads elsewhere', 'kind: Component\nmetadata: {name: ../x}\nspec: {type: a.b}', /metadata\.name/],
    ['metadata as an object', component('{type: a.b, metadata: {a: b}}'), /spec\.metadata must be a list/],
    ['metadata without a name', component('{type: a.b, metadata: [{value: 1}]}'), /spec\.metadata\[0\]\.name/],
    ['a negative time', component('{type: a.b, initTimeout: -5s}'), /initTimeout/],
    ['broken YAML', 'kind: [', /Correct the YAML/],
    [
      'an alias bomb',
      `a: &a [1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      /alias/,
    ],
    ['two megabytes', `kind: Component # ${'x'.repeat(2_000_000)}`, /1 MiB/],
  ])('refuses %s', (_what, yaml, why) => {
    expect(() => parseComponents(yaml, 'a.yaml')).toThrow(why);
  });

  it('answers whatever it is given with components or a refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((spec) => component(spec)),
        ),
        (yaml) => {
          try {
            expect(Array.isArray(parseComponents(yaml, 'a.yaml'))).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(ComponentError);
          }
        },
      ),
    );
  });
});
