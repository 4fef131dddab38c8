import { ComponentError } from '../component-error.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { optional } from '../metadata/fields.ts';
import { nonEmpty } from '../metadata/parsers.ts';
import { unsupported } from '../metadata/unsupported.ts';
import type { ComponentContext } from '../component-context.ts';
import type { ClusterSecrets } from './cluster-secrets.ts';
import type { SecretStore } from './secret-store.ts';

// What the name of a Secret may be; anything else would be part of another path.
const secretName = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** `secretstores.kubernetes`: the Secrets of the app's own namespace. */
export const kubernetesSecrets: ComponentType<'secretstores'> = componentType({
  block: 'secretstores',
  fields: { defaultNamespace: optional(nonEmpty), kubeconfigPath: optional(unsupported('a kubeconfig of its own')) },
  open: ({ defaultNamespace }, context) => {
    const secrets = clusterSecretsOf(context);
    const own = (given: string | undefined): string => ownNamespace(given ?? defaultNamespace, context);
    own(undefined);
    const store: SecretStore = {
      get: async (name, metadata, signal) => {
        const namespace = own(metadata?.['namespace']);
        return secretName.test(name) ? asked(() => secrets.get(namespace, name, signal), context) : undefined;
      },
      getAll: async (metadata, signal) => {
        const namespace = own(metadata?.['namespace']);
        return asked(() => secrets.list(namespace, signal), context);
      },
      // Asking for all of them would be dear, and one may exist or not.
      ping: async () => void (await asked(() => secrets.get(context.namespace, 'ping', undefined), context)),
      close: async () => {},
    };
    return store;
  },
});

function clusterSecretsOf({ clusterSecrets, name }: ComponentContext): ClusterSecrets {
  if (clusterSecrets !== undefined) return clusterSecrets;
  throw new ComponentError(
    'ComponentInvalid',
    `Component "${name}" cannot be opened: secretstores.kubernetes reads the Secrets of a cluster, and this runtime runs in none. Use secretstores.local.file or secretstores.local.env here.`,
  );
}

/** Other namespaces are other tenants, whatever the runtime's own rights are. */
function ownNamespace(given: string | undefined, { namespace, name }: ComponentContext): string {
  if (given === undefined || given === namespace) return namespace;
  throw new ComponentError(
    'RequestRejected',
    `Secret store "${name}" reads the Secrets of namespace "${namespace}" and no other. Leave out "namespace" and "defaultNamespace", or copy the Secret.`,
  );
}

async function asked<T>(ask: () => Promise<T>, { name }: ComponentContext): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ComponentError(
      'ComponentUnavailable',
      `Secret store "${name}" could not read: ${why} Does the runtime's service account have the right to get and list Secrets?`,
      { cause: error },
    );
  }
}
