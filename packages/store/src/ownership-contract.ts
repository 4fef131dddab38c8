import type { KubeObject, ResourceKind } from '@openfunction/resources';
import { expect, it } from 'vitest';
import { StoreError } from './store-error.ts';
import type { ApplyOptions, Store } from './store.ts';

interface Entry {
  manager: string;
  operation: string;
  subresource?: string;
  fieldsV1: unknown;
}

async function refused(action: Promise<unknown>): Promise<StoreError> {
  const error = await action.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof StoreError) return error;
  throw error;
}

/** What every Store promises of who owns a field. The kind has the schema of the suite. */
export function ownershipContract(subject: { kind: ResourceKind; store: () => Store }): void {
  const { kind } = subject;
  const thing = (spec: unknown, metadata: Partial<KubeObject['metadata']> = {}): KubeObject => ({
    apiVersion: `${kind.group}/${kind.version}`,
    kind: kind.kind,
    metadata: { name: 'a', namespace: 'default', ...metadata },
    spec,
  });
  const apply = (fieldManager: string, spec: unknown, options: Omit<ApplyOptions, 'fieldManager'> = {}): Promise<KubeObject> =>
    subject.store().apply(kind, thing(spec), { fieldManager, ...options });
  const get = (): Promise<KubeObject | undefined> => subject.store().get(kind, { namespace: 'default', name: 'a' });
  const ownersOf = (object: KubeObject | undefined): Record<string, unknown> =>
    Object.fromEntries(
      ((object?.metadata.managedFields ?? []) as Entry[]).map((entry) => [
        `${entry.manager} ${entry.operation}${entry.subresource === undefined ? '' : ` ${entry.subresource}`}`,
        entry.fieldsV1,
      ]),
    );

  it('refuses to take what another manager applied, names it, and takes it by force', async () => {
    await apply('one', { limits: { cpu: '1' }, args: ['a'] });
    const error = await refused(apply('two', { limits: { cpu: '2' }, args: ['b'] }, { force: false }));
    expect(error.code).toBe('Conflict');
    expect(error.message).toBe('Apply failed with 2 conflicts: conflicts with "one":\n- .spec.args\n- .spec.limits.cpu');
    expect(error.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.args' },
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.limits.cpu' },
    ]);
    const next = await apply('two', { limits: { cpu: '2' } });
    expect(next.spec).toEqual({ limits: { cpu: '2' }, args: ['a'] });
    expect(ownersOf(next)).toEqual({
      'one Apply': { 'f:spec': { 'f:args': {} } },
      'two Apply': { 'f:spec': { 'f:limits': { 'f:cpu': {} } } },
    });
  });

  it('lets managers share a field that they apply with one value', async () => {
    await apply('one', { args: ['a'] });
    const both = await apply('two', { args: ['a'] }, { force: false });
    expect(ownersOf(both)).toEqual({ 'one Apply': { 'f:spec': { 'f:args': {} } }, 'two Apply': { 'f:spec': { 'f:args': {} } } });
    expect((await refused(apply('one', { args: ['b'] }, { force: false }))).message).toBe(
      'Apply failed with 1 conflict: conflict with "two": .spec.args',
    );
  });

  it('gives a field to whoever creates or updates it', async () => {
    await subject.store().create(kind, thing({ limits: { cpu: '1' } }), { fieldManager: 'maker' });
    const made = (await get())!;
    expect(ownersOf(made)).toEqual({ 'maker Update': { 'f:spec': { '.': {}, 'f:limits': { '.': {}, 'f:cpu': {} } } } });
    await subject.store().update(kind, { ...made, spec: { limits: { cpu: '2', memory: '3' } } }, { fieldManager: 'changer' });
    expect(ownersOf(await get())).toEqual({
      'maker Update': { 'f:spec': { '.': {}, 'f:limits': {} } },
      'changer Update': { 'f:spec': { 'f:limits': { 'f:cpu': {}, 'f:memory': {} } } },
    });
    const error = await refused(apply('one', { limits: { cpu: '9' } }, { force: false }));
    expect(error.message).toMatch(/^Apply failed with 1 conflict: conflict with "changer" using \S+\/v1: \.spec\.limits\.cpu$/);
  });

  it('takes nothing of what it leaves as it is', async () => {
    const made = await apply('one', { limits: { cpu: '1' }, args: ['a'] });
    const next = await subject.store().update(kind, { ...made, spec: { limits: { cpu: '1' }, args: ['b'] } }, { fieldManager: 'two' });
    expect(ownersOf(next)).toEqual({
      'one Apply': { 'f:spec': { 'f:limits': { 'f:cpu': {} } } },
      'two Update': { 'f:spec': { 'f:args': {} } },
    });
  });

  it('merges lists by key, with keys that have a default', async () => {
    await apply('one', { ports: [{ port: 80, name: 'web' }] });
    const both = await apply('two', { ports: [{ port: 443 }, { port: 80, protocol: 'UDP' }] }, { force: false });
    expect((both.spec as { ports: object[] }).ports).toMatchObject([
      { port: 80, name: 'web' },
      { port: 443 },
      { port: 80, protocol: 'UDP' },
    ]);
    const error = await refused(apply('two', { ports: [{ port: 80, protocol: 'TCP', name: 'x' }] }, { force: false }));
    expect(error.causes).toMatchObject([{ field: '.spec.ports[port=80,protocol="TCP"].name' }]);
    const left = await apply('one', {});
    expect((left.spec as { ports: object[] }).ports).toMatchObject([{ port: 443 }, { port: 80, protocol: 'UDP' }]);
  });

  it('merges sets by value, and takes other lists and atomic maps whole', async () => {
    await apply('one', { tags: ['x', 'y'], args: ['a'], selector: { app: 'x' } });
    const next = await apply('two', { tags: ['y', 'z'], args: ['b'], selector: { tier: 'y' } });
    expect(next.spec).toEqual({ tags: ['x', 'y', 'z'], args: ['b'], selector: { tier: 'y' } });
    expect(ownersOf(next)['two Apply']).toEqual({
      'f:spec': { 'f:args': {}, 'f:selector': {}, 'f:tags': { 'v:"y"': {}, 'v:"z"': {} } },
    });
    expect((await apply('one', {})).spec).toEqual({ tags: ['y', 'z'], args: ['b'], selector: { tier: 'y' } });
  });

  it('removes an element with its last owner, in the order of who applies', async () => {
    await apply('one', {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
        { name: 'C', value: '3' },
      ],
    });
    await apply('two', { env: [{ name: 'B', when: 'now' }] });
    const next = await apply('one', {
      env: [
        { name: 'C', value: '3' },
        { name: 'A', value: '1' },
      ],
    });
    expect(next.spec).toEqual({
      env: [
        { name: 'B', when: 'now' },
        { name: 'C', value: '3' },
        { name: 'A', value: '1' },
      ],
    });
  });

  it('keeps what nobody applied below what its manager gives up', async () => {
    const made = await apply('one', { limits: { cpu: '1' } });
    await subject.store().update(kind, { ...made, spec: { limits: { cpu: '1', memory: '2' } } }, { fieldManager: 'two' });
    expect((await apply('one', {})).spec).toEqual({ limits: { memory: '2' } });
  });

  it('remembers who reports status, apart from who writes the rest', async () => {
    const made = await apply('one', { args: ['a'] });
    const told = await subject.store().updateStatus(kind, { ...made, status: { phase: 'x' } }, { fieldManager: 'reporter' });
    expect(ownersOf(told)['reporter Update status']).toEqual({ 'f:status': { '.': {}, 'f:phase': {} } });
    const error = await refused(
      subject
        .store()
        .apply(kind, { ...thing(undefined), status: { phase: 'y' } }, { fieldManager: 'two', force: false, subresource: 'status' }),
    );
    expect(error.message).toMatch(/conflict with "reporter" with subresource "status" using .*: \.status\.phase$/);
  });

  it('owns labels one by one, and finalizers by value', async () => {
    const first = { labels: { a: '1' }, finalizers: ['contract.openfunction.io/one'] };
    await subject.store().apply(kind, thing({}, first), { fieldManager: 'one' });
    const second = { labels: { b: '2' }, finalizers: ['contract.openfunction.io/two'] };
    const both = await subject.store().apply(kind, thing({}, second), { fieldManager: 'two' });
    expect(both.metadata).toMatchObject({ labels: { a: '1', b: '2' }, finalizers: [...first.finalizers, ...second.finalizers] });
    const left = await subject.store().apply(kind, thing({}), { fieldManager: 'two' });
    expect(left.metadata).toMatchObject(first);
  });

  it('lets a write name the owners, and forget them all', async () => {
    const made = await apply('one', { args: ['a'] });
    const [entry] = made.metadata.managedFields as Entry[];
    const renamed = { ...made.metadata, managedFields: [{ ...entry, manager: 'heir' }] };
    const given = await subject.store().update(kind, { ...made, metadata: renamed }, { fieldManager: 'two' });
    expect(ownersOf(given)).toEqual({ 'heir Apply': { 'f:spec': { 'f:args': {} } } });
    const bare = await subject
      .store()
      .update(kind, { ...given, metadata: { ...given.metadata, managedFields: [{}] } }, { fieldManager: 'two' });
    expect(ownersOf(bare)).toEqual({});
    expect(ownersOf(await apply('one', { args: ['a'] }))).toHaveProperty('before-first-apply Update');
  });

  it('answers a dry run with what would be, and writes nothing', async () => {
    const store = subject.store();
    const would = await store.create(kind, thing({ args: ['a'] }), { dryRun: true });
    expect(would.metadata.uid).toBeTruthy();
    expect(await get()).toBeUndefined();
    const made = await apply('one', { args: ['a'] });
    expect((await apply('one', { args: ['b'] }, { dryRun: true })).spec).toEqual({ args: ['b'] });
    expect((await store.update(kind, { ...made, spec: { args: ['c'] } }, { dryRun: true })).metadata.generation).toBe(2);
    expect((await refused(apply('two', { args: ['d'] }, { dryRun: true, force: false }))).code).toBe('Conflict');
    expect(await get()).toEqual(made);
  });
}
