import type { Binding } from './bindings/binding.ts';
import type { ComponentContext } from './component-context.ts';
import type { ConfigurationStore } from './configuration/configuration-store.ts';
import type { LockStore } from './lock/lock-store.ts';
import { parseMetadata, type Fields, type SettingsOf } from './metadata/fields.ts';
import type { PubSub } from './pubsub/pubsub.ts';
import type { SecretStore } from './secretstores/secret-store.ts';
import type { StateStore } from './state/state-store.ts';

/** Dapr's building blocks, by the first word of a component's type. */
export interface Blocks {
  state: StateStore;
  pubsub: PubSub;
  bindings: Binding;
  secretstores: SecretStore;
  configuration: ConfigurationStore;
  lock: LockStore;
}

export type Block = keyof Blocks;

export interface ComponentType<B extends Block = Block> {
  readonly block: B;
  /** Checks the metadata, then opens. */
  open(metadata: ReadonlyMap<string, string>, context: ComponentContext): Promise<Blocks[B]>;
}

export interface ComponentTypeOptions<B extends Block, F extends Fields> {
  block: B;
  fields: F;
  open(settings: SettingsOf<F>, context: ComponentContext): Promise<Blocks[B]> | Blocks[B];
}

export function componentType<B extends Block, F extends Fields>(options: ComponentTypeOptions<B, F>): ComponentType<B> {
  return {
    block: options.block,
    open: async (metadata, context) => {
      const { settings, ignored } = parseMetadata(options.fields, metadata, `Component "${context.name}"`);
      for (const field of ignored)
        context.report({ level: 'warn', message: 'metadata without effect here', component: context.name, fields: { field } });
      return options.open(settings, context);
    },
  };
}
