import { componentDocument, ComponentError, type ComponentDocument } from '@openfunction/components';
import type { DevFunction } from './dev-function.ts';

type ServingSpec = DevFunction['serving']['spec'];
type ComponentSpec = NonNullable<ServingSpec['bindings']>[string];

/**
 * The components of a function, by the names that its manifest gives them; secrets are those of the manifest.
 * Throws SecretNotFound for one that it does not hold, and ComponentInvalid for what is no component.
 */
export function devComponents(fn: DevFunction): ComponentDocument[] {
  const { bindings, pubsub, states } = fn.serving.spec;
  const declared = Object.entries(states ?? {}).flatMap(([name, { spec }]) => (spec === undefined ? [] : [[name, spec] as const]));
  return [...Object.entries(bindings ?? {}), ...Object.entries(pubsub ?? {}), ...declared].map(([name, spec]) =>
    componentDocument({ metadata: { name }, spec: { ...spec, metadata: settingsOf(fn, name, spec) } }, 'the manifest'),
  );
}

function settingsOf(fn: DevFunction, component: string, { metadata = [] }: ComponentSpec): object[] {
  return metadata.map(({ name, value, secretKeyRef }) => ({
    name,
    value: secretKeyRef === undefined ? (value ?? '') : secretOf(fn, component, secretKeyRef),
  }));
}

function secretOf({ serving, source }: DevFunction, component: string, { name, key = name }: { name: string; key?: string }): string {
  const secret = source.get('Secret', { namespace: serving.metadata.namespace ?? '', name })?.[key];
  if (secret !== undefined) return secret.toString();
  throw new ComponentError(
    'SecretNotFound',
    `The component "${component}" takes "${key}" of the Secret "${name}", which is not in the manifest. Put the Secret into it.`,
  );
}
