import {
  configMapKind,
  environmentOf,
  functionContainer,
  secretKind,
  valuesOf,
  type ConfigReference,
  type Key,
  type Serving,
} from '@openfunction/resources';
import type { Store } from '@openfunction/store';

/**
 * The variables of the function's container, which triggers take values from. Secrets and ConfigMaps are read only where a trigger
 * names a variable, and what is not there is left out.
 */
export async function readEnvironment(store: Pick<Store, 'get'>, serving: Serving): Promise<Record<string, string>> {
  const { namespace = '' } = serving.metadata;
  const named = namesVariables(serving) ? referencesOf(serving) : [];
  const values = new Map<string, Record<string, Buffer>>();
  for (const { kind, name } of named) {
    const found = await read(store, kind, { namespace, name });
    if (found !== undefined) values.set(`${kind}/${name}`, found);
  }
  return environmentOf(serving, { get: (kind, { name }) => values.get(`${kind}/${name}`) }).env;
}

async function read(store: Pick<Store, 'get'>, kind: ConfigReference['kind'], key: Key): Promise<Record<string, Buffer> | undefined> {
  const found = await (kind === 'Secret' ? store.get(secretKind, key) : store.get(configMapKind, key));
  return found === undefined ? undefined : valuesOf(found);
}

function namesVariables({ spec }: Serving): boolean {
  const { triggers = [] } = spec.scaleOptions?.keda ?? {};
  return triggers.some(({ metadata }) => Object.keys(metadata ?? {}).some((name) => /FromEnv$/i.test(name)));
}

function referencesOf(serving: Serving): ConfigReference[] {
  const { env = [], envFrom = [] } = functionContainer(serving)?.container ?? {};
  const secrets = [...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name), ...envFrom.map(({ secretRef }) => secretRef?.name)];
  const maps = [...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name), ...envFrom.map(({ configMapRef }) => configMapRef?.name)];
  const of = (kind: ConfigReference['kind'], names: readonly (string | undefined)[]): ConfigReference[] =>
    [...new Set(names)].flatMap((name) => (name === undefined ? [] : [{ kind, name }]));
  return [...of('Secret', secrets), ...of('ConfigMap', maps)];
}
