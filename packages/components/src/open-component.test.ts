import { describe, expect, it } from 'vitest';
import { parseComponents } from './component-document.ts';
import type { ComponentEvent } from './component-context.ts';
import { openComponent, type OpenComponentOptions, type OpenedComponent } from './open-component.ts';
import { registry } from './registry.ts';
import { testContext } from './testing/test-context.ts';

function open(spec: string, given: Partial<OpenComponentOptions> = {}): Promise<OpenedComponent> {
  const [document] = parseComponents(`kind: Component\nmetadata: {name: c}\nspec: ${spec}\nauth: {secretStore: vault}`, 'c.yaml');
  if (document === undefined) throw new Error('no component');
  return openComponent(document, { ...testContext(), secret: async () => undefined, ...given });
}

describe('openComponent', () => {
  it('names the nearest type for one that there is not', async () => {
    await expect(open('{type: state.sqllite}')).rejects.toThrow('Did you mean "state.sqlite"?');
    await expect(open('{type: pubsub.sns.fifo.whatever}')).rejects.toMatchObject({ code: 'ComponentTypeUnknown' });
    await expect(open('{type: __proto__}')).rejects.toMatchObject({ code: 'ComponentTypeUnknown' });
  });

  it('refuses another version', async () => {
    await expect(open('{type: state.sqlite, version: v7}')).rejects.toThrow('Set version to v1');
  });

  it('names the nearest field for one that there is not, and takes names in any case', async () => {
    await expect(open('{type: state.sqlite, metadata: [{name: conectionString, value: a}]}')).rejects.toThrow(
      'Did you mean "connectionString"?',
    );
    const opened = await open('{type: state.sqlite, metadata: [{name: CONNECTIONSTRING, value: ":memory:"}]}');
    await opened.component.close();
  });

  it('refuses a value without repeating it, for it may be a secret', async () => {
    const opening = open(
      '{type: state.sqlite, metadata: [{name: connectionString, value: ":memory:"}, {name: disableWAL, value: hunter2}]}',
    );
    await expect(opening).rejects.toThrow(/disableWAL.*true or false/);
    await expect(opening).rejects.not.toThrow(/hunter2/);
  });

  it('says which field is missing', async () => {
    await expect(open('{type: state.sqlite}')).rejects.toThrow('lacks "connectionString"');
  });

  it('takes metadata out of secrets and variables', async () => {
    const asked: unknown[] = [];
    const spec = '{type: secretstores.local.env, metadata: [{name: prefix, secretKeyRef: {name: s, key: k}}]}';
    const secret: OpenComponentOptions['secret'] = async (reference) => {
      asked.push(reference);
      return 'MY_';
    };
    const opened = await open(spec, { secret, environment: { MY_A: '1', OTHER: '2' } });
    if (opened.block !== 'secretstores') throw new Error('not a secret store');
    expect(await opened.component.getAll()).toEqual({ A: { A: '1' } });
    expect(asked).toEqual([{ store: 'vault', name: 's', key: 'k' }]);
    await expect(open(spec)).rejects.toMatchObject({ code: 'SecretNotFound' });
  });

  it('keeps what concerns the runtime from the component', async () => {
    const opened = await open('{type: state.in-memory, metadata: [{name: keyPrefix, value: none}, {name: actorStateStore, value: true}]}');
    expect(opened.runtime).toMatchObject({ keyPrefix: 'none', actorStateStore: true });
    await expect(open('{type: pubsub.in-memory, metadata: [{name: keyPrefix, value: none}]}')).rejects.toThrow('no field "keyPrefix"');
  });

  it('tells of values that have no effect', async () => {
    const events: ComponentEvent[] = [];
    const spec = '{type: state.sqlite, metadata: [{name: connectionString, value: ":memory:"}, {name: timeout, value: 10s}]}';
    const opened = await open(spec, { report: (event) => events.push(event) });
    expect(events.map(({ fields }) => fields?.['field'])).toEqual(['timeout']);
    await opened.component.close();
  });

  it.each(Object.keys(registry))('has a file for %s, of the block that its name says', async (type) => {
    const loaded = await registry[type]?.();
    expect(loaded?.block).toBe(type.split('.')[0]);
  });
});
