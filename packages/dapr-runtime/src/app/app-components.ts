import {
  blockOf,
  openComponent,
  type Block,
  type Blocks,
  type ComponentContext,
  type ComponentDocument,
  type OpenedComponent,
} from '@openfunction/components';
import { measuredComponent, type Measuring } from '../metrics/measured-component.ts';
import type { Resilience } from '../resiliency/resilience.ts';
import { outboxOf } from '../outbox/outbox-settings.ts';
import { resilientComponent } from '../resiliency/resilient-component.ts';

export interface AppComponentsOptions {
  appId: string;
  namespace: string;
  documents: readonly ComponentDocument[];
  context: Omit<ComponentContext, 'name' | 'appId' | 'namespace' | 'shared'>;
  resilience: Resilience;
  /** Absent where nothing is counted. */
  measuring?: Measuring;
  /** What apps of one process have in common for the component of a name. */
  shared<T>(component: string, make: () => T): T;
}

type OpenedOf<B extends Block> = Extract<OpenedComponent, { block: B }>;

/** The components that one app may see, opened for it alone. */
export interface AppComponents {
  readonly all: readonly OpenedComponent[];
  find<B extends Block>(block: B, name: string): OpenedOf<B> | undefined;
  of<B extends Block>(block: B): OpenedOf<B>[];
  /**
   * Has what these documents say instead: opens what is new or changed, then takes it for what was. Rejects, and nothing has changed,
   * when one cannot be opened. What was there before goes on until `retire`.
   */
  replace(documents: readonly ComponentDocument[]): Promise<{ changed: ReadonlySet<string>; retire(): Promise<void> }>;
  close(): Promise<void>;
}

/** Those of the documents that are in the app's namespace and scope. */
export function visibleTo(documents: readonly ComponentDocument[], app: { appId: string; namespace: string }): ComponentDocument[] {
  return documents.filter(
    ({ scopes, namespace }) =>
      (scopes.length === 0 || scopes.includes(app.appId)) && (namespace === undefined || namespace === app.namespace),
  );
}

/** Opens secret stores first, since the others may need them; fails by the first that cannot be opened and may not be left out. */
export async function openAppComponents(options: AppComponentsOptions): Promise<AppComponents> {
  const opened = await openAll(visibleTo(options.documents, options), options, new Map());
  return {
    get all() {
      return [...opened.values()];
    },
    find: <B extends Block>(block: B, name: string) => {
      const found = opened.get(name);
      return found?.block === block ? (found as OpenedOf<B>) : undefined;
    },
    of: <B extends Block>(block: B) => [...opened.values()].filter((each): each is OpenedOf<B> => each.block === block),
    replace: async (documents) => {
      const wanted = visibleTo(documents, options);
      const fresh = await openAll(
        wanted.filter((document) => JSON.stringify(opened.get(document.name)?.document) !== JSON.stringify(document)),
        options,
        opened,
      );
      const gone = [...opened.keys()].filter((name) => !wanted.some((document) => document.name === name));
      const changed = new Set([...gone, ...fresh.keys()]);
      const replaced = [...changed].flatMap((name) => opened.get(name) ?? []);
      for (const name of gone) opened.delete(name);
      for (const [name, component] of fresh) opened.set(name, component);
      return { changed, retire: () => closeAll(replaced) };
    },
    close: () => closeAll(opened.values()),
  };
}

/** Opens all or none; those that are there already may have the secrets. */
async function openAll(
  documents: readonly ComponentDocument[],
  options: AppComponentsOptions,
  there: ReadonlyMap<string, OpenedComponent>,
): Promise<Map<string, OpenedComponent>> {
  const opened = new Map<string, OpenedComponent>();
  const isSecretStore = (document: ComponentDocument): boolean => document.type.startsWith('secretstores.');
  try {
    for (const group of [documents.filter(isSecretStore), documents.filter((document) => !isSecretStore(document))]) {
      const stores = new Map([...there, ...opened]);
      const results = await Promise.allSettled(group.map((document) => openOne(document, options, { opened, stores })));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    }
  } catch (error) {
    await closeAll(opened.values());
    throw error;
  }
  return opened;
}

async function openOne(
  document: ComponentDocument,
  options: AppComponentsOptions,
  { opened, stores }: { opened: Map<string, OpenedComponent>; stores: ReadonlyMap<string, OpenedComponent> },
): Promise<void> {
  const { appId, namespace, context } = options;
  try {
    blockOf(document);
    const component = await openComponent(document, {
      ...context,
      appId,
      namespace,
      shared: (make) => options.shared(document.name, make),
      secret: async ({ store, name, key }) => (await secretStoreOf(stores, store)?.get(name))?.[key],
    });
    const resilient = resilientComponent(component, options.resilience.outbound(component.block, document.name));
    await refuseUnlessUsable(component);
    opened.set(document.name, measuredComponent(resilient, options.measuring));
  } catch (error) {
    if (!document.ignoreErrors) throw error;
    const why = error instanceof Error ? error.message : String(error);
    context.report({
      level: 'warn',
      message: 'a component was left out, as it asks for by ignoreErrors',
      component: document.name,
      fields: { why },
    });
  }
}

/** Closes what cannot be used. */
async function refuseUnlessUsable(component: OpenedComponent): Promise<void> {
  try {
    if (component.block === 'state') outboxOf(component);
  } catch (error) {
    await component.component.close();
    throw error;
  }
}

/** The named store, or the only one that there is. */
function secretStoreOf(opened: ReadonlyMap<string, OpenedComponent>, name: string | undefined): Blocks['secretstores'] | undefined {
  const stores = [...opened.values()].filter((each): each is OpenedOf<'secretstores'> => each.block === 'secretstores');
  const found = name === undefined ? (stores.length === 1 ? stores[0] : undefined) : stores.find(({ document }) => document.name === name);
  return found?.component;
}

async function closeAll(components: Iterable<OpenedComponent>): Promise<void> {
  await Promise.allSettled([...components].map(({ component }) => component.close()));
}
