import { MessagingError, type AppComponent } from '@openfunction/messaging';
import type { ServingSpec } from '@openfunction/resources';

type ComponentSpec = NonNullable<ServingSpec['bindings']>[string];

/** A key of a Secret in the namespace of the function; undefined when there is none. */
export type SecretValue = (name: string, key: string) => string | undefined;

/** The components that a function declares, by the names that its manifest gives them. Throws SecretNotFound, and ComponentInvalid for two of one name. */
export function componentsOf({ bindings, pubsub, states }: ServingSpec, secret: SecretValue): AppComponent[] {
  const stores = Object.entries(states ?? {}).flatMap(([name, { spec }]) => (spec === undefined ? [] : [[name, spec] as const]));
  const declared = [...Object.entries(bindings ?? {}), ...Object.entries(pubsub ?? {}), ...stores];
  const [twice] = declared.find(([name], at) => declared.findIndex(([other]) => other === name) < at) ?? [];
  if (twice !== undefined)
    throw new MessagingError(
      'ComponentInvalid',
      `Two components have the name "${twice}", by which a function calls one of them. Rename one in spec.serving.bindings, pubsub or states.`,
    );
  return declared.map(([name, spec]) => componentOf(name, spec, secret));
}

/** The Secrets that its components name. */
export function secretsOf({ bindings, pubsub, states }: ServingSpec): string[] {
  const specs = [...Object.values({ ...bindings, ...pubsub }), ...Object.values(states ?? {}).map(({ spec }) => spec)];
  const named = specs.flatMap((spec) => spec?.metadata ?? []).flatMap(({ secretKeyRef }) => secretKeyRef?.name ?? []);
  return [...new Set(named)].toSorted();
}

function componentOf(
  name: string,
  { type, version, ignoreErrors, initTimeout, metadata = [] }: ComponentSpec,
  secret: SecretValue,
): AppComponent {
  return {
    name,
    type,
    ...(version === undefined ? {} : { version }),
    ...(ignoreErrors === undefined ? {} : { ignoreErrors }),
    ...(initTimeout === undefined || initTimeout === '' ? {} : { initTimeout }),
    metadata: metadata.map(({ name: setting, value, secretKeyRef }) => ({
      name: setting,
      value: secretKeyRef === undefined ? String(value ?? '') : valueOf(name, secretKeyRef, secret),
    })),
  };
}

function valueOf(component: string, { name, key = name }: { name: string; key?: string }, secret: SecretValue): string {
  const value = secret(name, key);
  if (value !== undefined) return value;
  throw new MessagingError(
    'SecretNotFound',
    `The component "${component}" takes the key "${key}" of the Secret "${name}", which does not exist in the namespace of the function. Create it.`,
  );
}
