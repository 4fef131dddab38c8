import type { KubeObject } from '@openfunction/resources';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StoreError } from '../store-error.ts';
import { compare } from './compare.ts';
import { difference, intersection, isEmpty, pathsOf, sameFields, union, type FieldSet } from './field-set.ts';
import { fieldsOf } from './fields-of.ts';
import { decodeFields, encodeFields } from './fields-v1.ts';
import { managersOf } from './managers.ts';
import type { MergeSchema } from './merge-schema.ts';
import { mergeValues } from './merge-values.ts';
import { ownApply } from './own-apply.ts';
import { ownUpdate } from './own-update.ts';

const schema: MergeSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        keyed: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['id'],
          items: { type: 'object', properties: { id: { type: 'string' }, v: { type: 'integer' } } },
        },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        list: { type: 'array', items: { type: 'integer' } },
        map: { type: 'object', additionalProperties: { type: 'object', properties: { v: { type: 'integer' } } } },
        whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: { type: 'integer' } },
        size: { type: 'integer' },
      },
    },
  },
};

const letters = fc.constantFrom('a', 'b', 'c');
const small = fc.integer({ min: 0, max: 2 });
const specs = fc.record(
  {
    keyed: fc.uniqueArray(fc.record({ id: letters, v: small }, { requiredKeys: ['id'], noNullPrototype: true }), {
      selector: ({ id }) => id,
      minLength: 1,
    }),
    set: fc.uniqueArray(letters, { minLength: 1 }),
    list: fc.array(small),
    map: fc.dictionary(letters, fc.record({ v: small }, { noNullPrototype: true }), { minKeys: 1, noNullPrototype: true }),
    whole: fc.dictionary(letters, small, { noNullPrototype: true }),
    size: small,
  },
  { requiredKeys: [], noNullPrototype: true },
);
const names = fc.constantFrom('one', 'two', 'three');
const steps = fc.oneof(
  fc.record({ kind: fc.constant('apply' as const), manager: names, spec: specs, force: fc.boolean() }),
  fc.record({ kind: fc.constant('update' as const), manager: names, spec: specs }),
);
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

function thing(spec: unknown): KubeObject {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' }, spec };
}
const writing = (fieldManager: string): Parameters<typeof ownUpdate>[2] => ({
  hasStatus: true,
  fieldManager,
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
  schema,
});

/** The object after a step; the same one when it is refused. */
function take(live: KubeObject | undefined, step: Step): KubeObject | undefined {
  if (step.kind === 'update') {
    const kept = live === undefined ? {} : { managedFields: live.metadata.managedFields };
    return ownUpdate(live, { ...thing(step.spec), metadata: { name: 'a', ...kept } }, writing(step.manager));
  }
  try {
    return ownApply(live, thing(step.spec), { ...writing(step.manager), force: step.force });
  } catch (error) {
    if (error instanceof StoreError && error.code === 'Conflict') return live;
    throw error;
  }
}

const fieldsIn = (object: KubeObject): FieldSet => fieldsOf({ spec: object.spec }, schema);
const texts = (set: FieldSet): string[] => pathsOf(set).map((path) => path.join(' '));

it('reads back the field sets that it writes', () => {
  fc.assert(
    fc.property(specs, (spec) => {
      const set = fieldsOf({ spec }, schema);
      const decoded = decodeFields(JSON.parse(JSON.stringify(encodeFields(set))));
      expect(decoded !== undefined && sameFields(decoded, set)).toBe(true);
    }),
  );
});

it('computes with field sets as with sets of paths', () => {
  fc.assert(
    fc.property(specs, specs, (left, right) => {
      const [a, b] = [fieldsOf({ spec: left }, schema), fieldsOf({ spec: right }, schema)];
      const [inA, inB] = [new Set(texts(a)), new Set(texts(b))];
      expect(new Set(texts(union(a, b)))).toEqual(new Set([...inA, ...inB]));
      expect(new Set(texts(intersection(a, b)))).toEqual(new Set([...inA].filter((each) => inB.has(each))));
      expect(new Set(texts(difference(a, b)))).toEqual(new Set([...inA].filter((each) => !inB.has(each))));
    }),
  );
});

it('finds no difference in what is equal, and mirrors a difference', () => {
  fc.assert(
    fc.property(specs, specs, (left, right) => {
      const same = compare({ spec: left }, { spec: structuredClone(left) }, schema);
      expect([same.added, same.modified, same.removed].every(isEmpty)).toBe(true);
      const [there, back] = [compare({ spec: left }, { spec: right }, schema), compare({ spec: right }, { spec: left }, schema)];
      expect(sameFields(there.added, back.removed) && sameFields(there.modified, back.modified)).toBe(true);
    }),
  );
});

it('merges so that all of what was applied holds, and merging it again changes nothing', () => {
  fc.assert(
    fc.property(specs, specs, (live, applied) => {
      const merged = mergeValues(live, applied, schema.properties?.['spec']);
      expect(mergeValues(merged, applied, schema.properties?.['spec'])).toEqual(merged);
      const { added, modified } = compare(merged, applied, schema.properties?.['spec']);
      expect(isEmpty(added) && isEmpty(modified)).toBe(true);
    }),
  );
});

it('never lets a field be owned that the object does not have', () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 1, maxLength: 8 }), (all) => {
      const object = all.reduce<KubeObject | undefined>(take, undefined);
      if (object === undefined) return;
      // Parents with a name of their own appear in a set only when they were made by an update.
      const present = new Set(texts(fieldsIn(object)));
      const leaves = managersOf(object)
        .flatMap(({ fields }) => texts(fields))
        .filter((path) => !/^f:spec( f:(map|keyed|set))?$/.test(path));
      expect(leaves.filter((path) => !present.has(path))).toEqual([]);
    }),
  );
});

it('repeats an apply without any change', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 6 }), names, specs, (all, manager, spec) => {
      const live = all.reduce<KubeObject | undefined>(take, undefined);
      const once = ownApply(live, thing(spec), { ...writing(manager), force: true });
      expect(ownApply(once, thing(spec), { ...writing(manager), force: false, time: '2027-01-01T00:00:00Z' })).toEqual(once);
    }),
  );
});

it('leaves nothing of an only manager that applies nothing any more', () => {
  fc.assert(
    fc.property(specs, (spec) => {
      const made = ownApply(undefined, thing(spec), { ...writing('one'), force: false });
      expect(ownApply(made, thing(undefined), { ...writing('one'), force: false }).spec).toBeUndefined();
    }),
  );
});

it('takes from others only by force', () => {
  fc.assert(
    fc.property(specs, specs, (first, second) => {
      const live = ownApply(undefined, thing(first), { ...writing('one'), force: false });
      const before = managersOf(live)[0]?.fields;
      try {
        const next = ownApply(live, thing(second), { ...writing('two'), force: false });
        const after = managersOf(next).find(({ manager }) => manager === 'one')?.fields;
        expect(before === undefined ? after === undefined : after !== undefined && sameFields(before, after)).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: 'Conflict' });
      }
    }),
  );
});
