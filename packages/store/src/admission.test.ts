import type { KubeObject, ResourceKind } from '@openfunction/resources';
import { expect, it } from 'vitest';
import { memoryStore } from './memory-store.ts';
import type { Store } from './store.ts';

interface Thing extends KubeObject {
  spec: { size?: number; colour?: string };
}
const things: ResourceKind<Thing> = { group: 'g', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true, hasStatus: false };
const thing = (spec: Thing['spec']): Thing => ({ apiVersion: 'g/v1', kind: 'Thing', metadata: { name: 'a', namespace: 'n' }, spec });

function guarded(): Store {
  return memoryStore({
    admission: {
      validate: (_kind, object) =>
        ((object as Thing).spec.size ?? 0) > 1 && (object as Thing).spec.colour === 'red'
          ? [{ field: 'spec.colour', reason: 'FieldValueInvalid', message: 'large things are not red' }]
          : [],
    },
  });
}

it('refuses a write with the fields and the reasons', async () => {
  await expect(guarded().create(things, thing({ size: 2, colour: 'red' }))).rejects.toMatchObject({
    code: 'Invalid',
    message: 'Thing.g "a" is invalid: spec.colour: large things are not red',
    causes: [{ field: 'spec.colour' }],
  });
});

it('judges an apply by what it makes of the object', async () => {
  const store = guarded();
  await store.apply(things, thing({ size: 2 }), { fieldManager: 'one' });
  await expect(store.apply(things, thing({ colour: 'red' }), { fieldManager: 'two' })).rejects.toMatchObject({ code: 'Invalid' });
});
