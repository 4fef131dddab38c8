import type { ConfigReference, ConfigSource } from './config-source.ts';
import { functionContainer, type FunctionContainer } from './function-container.ts';
import type { Serving } from './schema.ts';

export interface Environment {
  env: Record<string, string>;
  /** What is named, not optional and not there. */
  missing: ConfigReference[];
}

/**
 * The variables that a Serving gives its function, later ones over earlier: `envFrom`, `params`, `env`.
 * `$(NAME)` in a value of `env` stands for a variable defined before it.
 */
export function environmentOf(serving: Serving, source: ConfigSource): Environment {
  const container = functionContainer(serving)?.container;
  const namespace = serving.metadata.namespace ?? '';
  const result: Environment = { env: {}, missing: [] };
  for (const each of container?.envFrom ?? []) addAll(result, each, namespace, source);
  for (const [name, value] of Object.entries(serving.spec.params ?? {})) result.env[name] = String(value);
  for (const each of container?.env ?? []) addOne(result, each, namespace, source);
  return result;
}

type EnvFrom = NonNullable<FunctionContainer['envFrom']>[number];
type EnvVar = NonNullable<FunctionContainer['env']>[number];

function addAll(result: Environment, { prefix = '', secretRef, configMapRef }: EnvFrom, namespace: string, source: ConfigSource): void {
  const kind = secretRef === undefined ? 'ConfigMap' : 'Secret';
  const given = secretRef ?? configMapRef;
  if (given === undefined) return;
  const values = source.get(kind, { namespace, name: given.name });
  if (values === undefined && given.optional !== true) result.missing.push({ kind, name: given.name });
  for (const [name, value] of Object.entries(values ?? {})) result.env[prefix + name] = value.toString();
}

function addOne(result: Environment, { name, value, valueFrom }: EnvVar, namespace: string, source: ConfigSource): void {
  const given = valueFrom?.secretKeyRef ?? valueFrom?.configMapKeyRef;
  if (given === undefined) {
    result.env[name] = expanded(value ?? '', result.env);
    return;
  }
  const kind = valueFrom?.secretKeyRef === undefined ? 'ConfigMap' : 'Secret';
  const found = source.get(kind, { namespace, name: given.name })?.[given.key];
  if (found !== undefined) result.env[name] = found.toString();
  else if (given.optional !== true) result.missing.push({ kind, name: given.name, key: given.key });
}

/** As Kubernetes does it: what is not defined stays as written, and `$$` is one dollar. */
function expanded(value: string, env: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$\$|\$\(([^()]*)\)/g, (whole, name: string | undefined) => (name === undefined ? '$' : (env[name] ?? whole)));
}
