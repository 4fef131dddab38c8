import { randomUUID } from 'node:crypto';
import type { ComponentContext } from './component-context.ts';
import type { ComponentDocument, MetadataItem } from './component-document.ts';
import { ComponentError } from './component-error.ts';
import type { Block, Blocks, ComponentType } from './component-type.ts';
import { didYouMean } from './nearest-name.ts';
import { registry } from './registry.ts';
import { takeRuntimeSettings, type RuntimeSettings } from './runtime-settings.ts';

export interface OpenComponentOptions extends Omit<ComponentContext, 'name'> {
  /** The value of a key of a secret, from the store of the name or, without one, the default; `undefined` when it does not exist. */
  secret(reference: { store?: string; name: string; key: string }): Promise<string | undefined>;
}

interface OpenedAs<B extends Block> {
  block: B;
  document: ComponentDocument;
  /** Metadata that concerns the runtime and no component. */
  runtime: RuntimeSettings;
  component: Blocks[B];
}

export type OpenedComponent = { [B in Block]: OpenedAs<B> }[Block];

/** The block of a type's name; refuses what there is not, naming the nearest that there is. */
export function blockOf({ type, version, name }: Pick<ComponentDocument, 'type' | 'version' | 'name'>): Block {
  void loaderOf({ type, version, name });
  return type.slice(0, type.indexOf('.')) as Block;
}

/** Opens a component: type, secrets, metadata, connection, in this order; fails by the first that does not hold. */
export async function openComponent(document: ComponentDocument, options: OpenComponentOptions): Promise<OpenedComponent> {
  const load = loaderOf(document);
  const metadata = await resolveMetadata(document, options);
  const runtime = takeRuntimeSettings(document, metadata);
  const type = await load();
  const component = await within(type.open(metadata, { ...options, name: document.name }), document);
  return { block: type.block, document, runtime, component } as OpenedComponent;
}

function loaderOf({ type, version, name }: Pick<ComponentDocument, 'type' | 'version' | 'name'>): () => Promise<ComponentType> {
  const load = registry[version === 'v1' ? type : `${type}/${version}`];
  if (load !== undefined && Object.hasOwn(registry, version === 'v1' ? type : `${type}/${version}`)) return load;
  const known = Object.keys(registry);
  if (Object.hasOwn(registry, type))
    throw new ComponentError(
      'ComponentTypeUnknown',
      `Component "${name}" cannot be opened: ${type} has no version "${version}". Set version to v1.`,
    );
  throw new ComponentError(
    'ComponentTypeUnknown',
    `Component "${name}" cannot be opened: there is no type "${type}". ${didYouMean(type, known)}`,
  );
}

async function resolveMetadata(document: ComponentDocument, options: OpenComponentOptions): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const item of document.metadata) values.set(item.name, await valueOf(item, document, options));
  return values;
}

async function valueOf(item: MetadataItem, document: ComponentDocument, options: OpenComponentOptions): Promise<string> {
  switch (item.from) {
    case 'value':
      return item.value
        .replaceAll('{uuid}', () => randomUUID())
        .replaceAll('{appID}', () => options.appId)
        .replaceAll('{namespace}', () => options.namespace);
    case 'environment':
      return options.environment[item.variable] ?? '';
    case 'secret': {
      const store = document.secretStore === undefined ? {} : { store: document.secretStore };
      const value = await options.secret({ ...store, name: item.secret, key: item.key });
      if (value !== undefined) return value;
      const text = `Component "${document.name}" cannot be opened: metadata "${item.name}" names key "${item.key}" of secret "${item.secret}", which does not exist. Create it, or correct secretKeyRef.`;
      throw new ComponentError('SecretNotFound', text);
    }
  }
}

async function within<T extends { close(): Promise<void> }>(
  opening: Promise<T>,
  { name, type, initTimeoutMs }: ComponentDocument,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), initTimeoutMs);
  });
  try {
    const opened = await Promise.race([opening, late]);
    if (opened !== undefined) return opened;
    // Whoever comes too late is not wanted any more.
    opening.then(
      (component) => component.close(),
      () => undefined,
    );
    throw new ComponentError(
      'ComponentUnavailable',
      `Component "${name}" (${type}) did not open within ${initTimeoutMs} ms. Is its server up and its address right?`,
    );
  } finally {
    clearTimeout(timer);
  }
}
