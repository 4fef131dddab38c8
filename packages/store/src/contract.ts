import type { KubeObject, ResourceKind } from '@openfunction/resources';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownershipContract } from './ownership-contract.ts';
import type { MergeSchema } from './ownership/merge-schema.ts';
import { StoreError, type StoreErrorCode } from './store-error.ts';
import type { Store, WatchEvent, WatchOptions } from './store.ts';

export interface StoreUnderTest {
  store: Store;
  close(): Promise<void> | void;
  /** Makes the store forget what it knows of a kind's past; absent where a test cannot. */
  forget?(store: Store): Promise<void>;
}

interface Widget extends KubeObject {
  spec: Record<string, unknown>;
  status?: Record<string, unknown>;
}

/** The kind the suite works with; a driver over a real API server must have it installed. */
export const widgets: ResourceKind<Widget> = {
  group: 'contract.openfunction.io',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  hasStatus: true,
};

/** The schema of the suite's kind, for drivers that merge by themselves. */
export const widgetSchema: MergeSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        env: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', properties: { name: { type: 'string' }, value: { type: 'string' }, when: { type: 'string' } } },
        },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: {
            type: 'object',
            properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' }, name: { type: 'string' } },
          },
        },
        tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        args: { type: 'array', items: { type: 'string' } },
        selector: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: { type: 'string' } },
        limits: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
  },
};

function widget(name: string, given: Partial<Widget['metadata']> & { spec?: Record<string, unknown> } = {}): Widget {
  const { spec = { size: 1 }, ...metadata } = given;
  return { apiVersion: 'contract.openfunction.io/v1', kind: 'Widget', metadata: { name, namespace: 'default', ...metadata }, spec };
}

function ownerOf(object: Widget): NonNullable<Widget['metadata']['ownerReferences']> {
  return [{ apiVersion: object.apiVersion, kind: object.kind, name: object.metadata.name, uid: object.metadata.uid ?? '' }];
}

async function refusal(action: Promise<unknown>): Promise<StoreErrorCode | 'none' | 'other'> {
  return action.then(
    () => 'none',
    (error: unknown) => (error instanceof StoreError ? error.code : 'other'),
  );
}

const at = (name: string): { namespace: string; name: string } => ({ namespace: 'default', name });

/** What every Store promises, written once and run against every driver. */
export function storeContract(make: () => Promise<StoreUnderTest>): void {
  let subject: StoreUnderTest;
  let store: Store;
  let stop: AbortController;

  function watching(options: Omit<WatchOptions, 'signal'> = {}): { next(): Promise<WatchEvent<Widget>> } {
    const events = store.watch(widgets, { ...options, signal: stop.signal })[Symbol.asyncIterator]();
    return {
      next: async () => {
        const step = await events.next();
        if (step.done) throw new Error('the watch ended');
        return step.value;
      },
    };
  }

  async function told(watch: { next(): Promise<WatchEvent<Widget>> }, count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) {
      const event = await watch.next();
      if (event.type !== 'BOOKMARK') lines.push(`${event.type} ${event.object.metadata.name}`);
    }
    return lines;
  }

  beforeEach(async () => {
    stop = new AbortController();
    subject = await make();
    store = subject.store;
  });

  afterEach(async () => {
    stop.abort();
    await subject.close();
  });

  describe('reading and writing', () => {
    it('gives a created object its identity and keeps what was asked for', async () => {
      const made = await store.create(widgets, widget('a', { labels: { app: 'x' } }));
      expect(made.metadata).toMatchObject({ name: 'a', namespace: 'default', generation: 1, labels: { app: 'x' } });
      expect(made.metadata.uid).toBeTruthy();
      expect(made.metadata.resourceVersion).toBeTruthy();
      expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(await store.get(widgets, at('a'))).toEqual(made);
    });

    it('answers a missing object with undefined', async () => {
      expect(await store.get(widgets, at('none'))).toBeUndefined();
    });

    it('names an object after generateName', async () => {
      const made = await store.create(widgets, widget('', { generateName: 'job-' }));
      expect(made.metadata.name).toMatch(/^job-.+/);
    });

    it('refuses a name that is taken', async () => {
      await store.create(widgets, widget('a'));
      expect(await refusal(store.create(widgets, widget('a')))).toBe('AlreadyExists');
    });

    it('does not share objects with its callers', async () => {
      const made = await store.create(widgets, widget('a'));
      made.spec['size'] = 99;
      expect((await store.get(widgets, at('a')))?.spec).toEqual({ size: 1 });
    });

    it('refuses a write that was made from a stale version', async () => {
      const made = await store.create(widgets, widget('a'));
      await store.update(widgets, { ...made, spec: { size: 2 } });
      expect(await refusal(store.update(widgets, { ...made, spec: { size: 3 } }))).toBe('Conflict');
      expect((await store.get(widgets, at('a')))?.spec).toEqual({ size: 2 });
    });

    it('refuses to update what does not exist', async () => {
      expect(await refusal(store.update(widgets, widget('none')))).toBe('NotFound');
    });

    it('counts changes of spec, and of nothing else, in generation', async () => {
      const made = await store.create(widgets, widget('a'));
      const labelled = await store.update(widgets, { ...made, metadata: { ...made.metadata, labels: { x: 'y' } } });
      expect(labelled.metadata.generation).toBe(1);
      const reported = await store.updateStatus(widgets, { ...labelled, status: { ready: true } });
      expect(reported.metadata.generation).toBe(1);
      const grown = await store.update(widgets, { ...reported, spec: { size: 2 } });
      expect(grown.metadata.generation).toBe(2);
    });

    it('keeps status and spec apart', async () => {
      const made = await store.create(widgets, { ...widget('a'), status: { ignored: true } });
      expect(made.status).toBeUndefined();
      const reported = await store.updateStatus(widgets, { ...made, spec: { size: 9 }, status: { ready: true } });
      expect(reported).toMatchObject({ spec: { size: 1 }, status: { ready: true } });
      const updated = await store.update(widgets, { ...reported, spec: { size: 2 }, status: { ready: false } });
      expect(updated).toMatchObject({ spec: { size: 2 }, status: { ready: true } });
    });

    it('writes nothing when nothing changes', async () => {
      const made = await store.create(widgets, widget('a'));
      const reported = await store.updateStatus(widgets, { ...made, status: { ready: true } });
      const again = [await store.update(widgets, reported), await store.updateStatus(widgets, { ...reported, status: { ready: true } })];
      expect(again.map((object) => object.metadata.resourceVersion)).toEqual([
        reported.metadata.resourceVersion,
        reported.metadata.resourceVersion,
      ]);
    });
  });

  describe('apply', () => {
    it('creates, then changes only what it names', async () => {
      const made = await store.apply(widgets, widget('a', { spec: { size: 1 } }), { fieldManager: 'one' });
      expect(made.metadata.generation).toBe(1);
      const both = await store.apply(widgets, widget('a', { spec: { colour: 'red' } }), { fieldManager: 'two' });
      expect(both.spec).toEqual({ size: 1, colour: 'red' });
    });

    it('writes nothing when it asks for what is there', async () => {
      const made = await store.apply(widgets, widget('a'), { fieldManager: 'one' });
      const again = await store.apply(widgets, widget('a'), { fieldManager: 'one' });
      expect(again.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    });

    it('removes the fields that its manager no longer applies', async () => {
      await store.apply(widgets, widget('a', { spec: { size: 1, deep: { x: 1, y: 2 } }, labels: { l: '1' } }), { fieldManager: 'one' });
      const next = await store.apply(widgets, widget('a', { spec: { deep: { x: 1 } } }), { fieldManager: 'one' });
      expect(next.spec).toEqual({ deep: { x: 1 } });
      expect(next.metadata.labels ?? {}).toEqual({});
    });

    it('keeps a field that another manager applies too', async () => {
      await store.apply(widgets, widget('a', { spec: { size: 1 } }), { fieldManager: 'one' });
      await store.apply(widgets, widget('a', { spec: { size: 1, colour: 'red' } }), { fieldManager: 'two' });
      const next = await store.apply(widgets, widget('a', { spec: { colour: 'red' } }), { fieldManager: 'two' });
      expect(next.spec).toEqual({ size: 1, colour: 'red' });
    });

    it('leaves a field to whoever updated it since', async () => {
      const made = await store.apply(widgets, widget('a', { spec: { size: 1, colour: 'red' } }), { fieldManager: 'one' });
      await store.update(widgets, { ...made, spec: { size: 5, colour: 'red' } });
      const next = await store.apply(widgets, widget('a', { spec: { colour: 'red' } }), { fieldManager: 'one' });
      expect(next.spec).toEqual({ size: 5, colour: 'red' });
    });

    it('does not touch status', async () => {
      const made = await store.apply(widgets, widget('a'), { fieldManager: 'one' });
      await store.updateStatus(widgets, { ...made, status: { ready: true } });
      const next = await store.apply(widgets, { ...widget('a', { spec: { size: 2 } }), status: { ready: false } }, { fieldManager: 'one' });
      expect(next).toMatchObject({ status: { ready: true }, metadata: { generation: 2 } });
    });
  });

  describe('ownership', () => ownershipContract({ kind: widgets, store: () => store }));

  describe('deletion', () => {
    it('is no error for what does not exist', async () => {
      expect(await refusal(store.delete(widgets, at('none')))).toBe('none');
    });

    it('spares an object that was re-created', async () => {
      await store.create(widgets, widget('a'));
      expect(await refusal(store.delete(widgets, at('a'), { uid: '00000000-0000-0000-0000-000000000000' }))).toBe('Conflict');
      expect(await store.get(widgets, at('a'))).toBeDefined();
    });

    it('waits for the last finalizer', async () => {
      await store.create(widgets, widget('a', { finalizers: ['contract.openfunction.io/one', 'contract.openfunction.io/two'] }));
      await store.delete(widgets, at('a'));
      const leaving = (await store.get(widgets, at('a')))!;
      expect(leaving.metadata.deletionTimestamp).toBeTruthy();
      await store.delete(widgets, at('a'));
      const half = await store.update(widgets, {
        ...leaving,
        metadata: { ...leaving.metadata, finalizers: ['contract.openfunction.io/two'] },
      });
      expect(await store.get(widgets, at('a'))).toBeDefined();
      await store.update(widgets, { ...half, metadata: { ...half.metadata, finalizers: [] } });
      expect(await store.get(widgets, at('a'))).toBeUndefined();
    });

    it('takes no new finalizer on an object that is going', async () => {
      await store.create(widgets, widget('a', { finalizers: ['contract.openfunction.io/one'] }));
      await store.delete(widgets, at('a'));
      const leaving = (await store.get(widgets, at('a')))!;
      const finalizers = ['contract.openfunction.io/one', 'contract.openfunction.io/late'];
      expect(await refusal(store.update(widgets, { ...leaving, metadata: { ...leaving.metadata, finalizers } }))).toBe('Invalid');
    });

    it('takes along what the object owns, however deep, and nothing else', async () => {
      const root = await store.create(widgets, widget('root'));
      const child = await store.create(widgets, widget('child', { ownerReferences: ownerOf(root) }));
      await store.create(widgets, widget('grandchild', { ownerReferences: ownerOf(child) }));
      await store.create(widgets, widget('other'));
      const watch = watching({ resourceVersion: (await store.list(widgets)).resourceVersion });
      await store.delete(widgets, at('root'));
      expect((await told(watch, 3)).sort()).toEqual(['DELETED child', 'DELETED grandchild', 'DELETED root']);
      expect((await store.list(widgets)).items.map((item) => item.metadata.name)).toEqual(['other']);
    });

    it('spares what has another owner', async () => {
      const [one, two] = [await store.create(widgets, widget('one')), await store.create(widgets, widget('two'))];
      await store.create(widgets, widget('shared', { ownerReferences: [...ownerOf(one), ...ownerOf(two)] }));
      await store.delete(widgets, at('one'));
      await expect.poll(async () => (await store.get(widgets, at('shared')))?.metadata.ownerReferences).toEqual(ownerOf(two));
    });

    it('keeps no orphan of an owner that went first', async () => {
      const owner = await store.create(widgets, widget('owner'));
      await store.delete(widgets, at('owner'));
      await store.create(widgets, widget('late', { ownerReferences: ownerOf(owner) }));
      await expect.poll(() => store.get(widgets, at('late'))).toBeUndefined();
    });
  });

  describe('list', () => {
    it('selects by namespace and labels', async () => {
      await store.create(widgets, widget('a', { labels: { app: 'x', tier: '1' } }));
      await store.create(widgets, widget('b', { labels: { app: 'x' } }));
      await store.create(widgets, widget('c', { namespace: 'kube-public', labels: { app: 'x', tier: '1' } }));
      const names = async (options: Parameters<Store['list']>[1]): Promise<string[]> =>
        (await store.list(widgets, options)).items.map((item) => item.metadata.name);
      expect(await names({})).toEqual(['a', 'b', 'c']);
      expect(await names({ namespace: 'default' })).toEqual(['a', 'b']);
      expect(await names({ labels: { app: 'x', tier: '1' } })).toEqual(['a', 'c']);
      expect(await names({ namespace: 'default', labels: { app: 'y' } })).toEqual([]);
    });

    it('comes in pages', async () => {
      for (const name of ['a', 'b', 'c', 'd', 'e']) await store.create(widgets, widget(name));
      const pages: string[][] = [];
      let token: string | undefined;
      do {
        const page = await store.list(widgets, { limit: 2, continue: token });
        pages.push(page.items.map((item) => item.metadata.name));
        token = page.continue;
      } while (token);
      expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    });
  });

  describe('watch', () => {
    it('begins with the present state and goes on in order', async () => {
      const made = await store.create(widgets, widget('a'));
      const watch = watching();
      expect(await told(watch, 1)).toEqual(['ADDED a']);
      await store.update(widgets, { ...made, spec: { size: 2 } });
      await store.create(widgets, widget('b'));
      await store.delete(widgets, at('a'));
      expect(await told(watch, 3)).toEqual(['MODIFIED a', 'ADDED b', 'DELETED a']);
    });

    it('goes on from a list without loss or repetition', async () => {
      await store.create(widgets, widget('a'));
      const { resourceVersion } = await store.list(widgets);
      await store.create(widgets, widget('b'));
      await store.create(widgets, widget('c'));
      expect(await told(watching({ resourceVersion }), 2)).toEqual(['ADDED b', 'ADDED c']);
    });

    it('sends bookmarks to go on from', async () => {
      await store.create(widgets, widget('a'));
      const watch = watching();
      let event = await watch.next();
      while (event.type !== 'BOOKMARK') event = await watch.next();
      await store.create(widgets, widget('b'));
      expect(await told(watching({ resourceVersion: event.resourceVersion }), 1)).toEqual(['ADDED b']);
    });

    it('tells when an object enters or leaves the selection', async () => {
      const watch = watching({ labels: { app: 'x' }, resourceVersion: (await store.list(widgets)).resourceVersion });
      const plainOne = await store.create(widgets, widget('a'));
      const labelled = await store.update(widgets, { ...plainOne, metadata: { ...plainOne.metadata, labels: { app: 'x' } } });
      const gone = await store.update(widgets, { ...labelled, metadata: { ...labelled.metadata, labels: { app: 'y' } } });
      await store.update(widgets, { ...gone, spec: { size: 3 } });
      await store.create(widgets, widget('b', { labels: { app: 'x' } }));
      expect(await told(watch, 3)).toEqual(['ADDED a', 'DELETED a', 'ADDED b']);
    });

    it('ends when its signal says so', async () => {
      const ending = new AbortController();
      const seen: string[] = [];
      for await (const event of store.watch(widgets, { signal: ending.signal })) {
        seen.push(event.type);
        ending.abort();
      }
      expect(seen.length).toBeLessThanOrEqual(1);
    });

    it('refuses to go on from a forgotten version', async (context) => {
      if (subject.forget === undefined) return context.skip('this store cannot be made to forget on demand');
      const { metadata } = await store.create(widgets, widget('a'));
      await subject.forget(store);
      expect(await refusal(watching({ resourceVersion: metadata.resourceVersion }).next())).toBe('Expired');
    });
  });
}

/** Makes enough changes of the suite's kind that a history of `limit` entries has forgotten the first ones. */
export async function overflowHistory(store: Store, limit: number): Promise<void> {
  const { metadata } = await store.create(widgets, widget('overflow'));
  for (let size = 0; size <= limit; size += 1) {
    await store.update(widgets, { ...widget('overflow', { spec: { size } }), metadata: { ...metadata, resourceVersion: undefined } });
  }
}
