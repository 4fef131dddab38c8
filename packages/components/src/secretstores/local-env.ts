import { componentType, type ComponentType } from '../component-type.ts';
import { withDefault } from '../metadata/fields.ts';
import { text } from '../metadata/parsers.ts';
import type { SecretStore } from './secret-store.ts';

/** `secretstores.local.env`: variables of the process, each a secret with one key of its own name. */
export const localEnvSecrets: ComponentType<'secretstores'> = componentType({
  block: 'secretstores',
  fields: { prefix: withDefault(text, '') },
  open: ({ prefix }, { environment }) => {
    const read = (name: string): string | undefined => (Object.hasOwn(environment, prefix + name) ? environment[prefix + name] : undefined);
    const names = (): string[] => Object.keys(environment).filter((name) => name.startsWith(prefix));
    const store: SecretStore = {
      get: async (name) => {
        const value = read(name);
        return value === undefined ? undefined : { [name]: value };
      },
      getAll: async () =>
        Object.fromEntries(names().map((full) => [full.slice(prefix.length), { [full.slice(prefix.length)]: environment[full] ?? '' }])),
      ping: async () => {},
      close: async () => {},
    };
    return store;
  },
});
