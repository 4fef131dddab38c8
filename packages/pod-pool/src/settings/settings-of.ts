import type { ModuleManifest } from '@openfunction/artifact';
import { type Serving, environmentOf, functionContainer, type ConfigSource, type ConfigReference } from '@openfunction/resources';
import type { ConfigValues } from './config-values.ts';
import { functionContext, functionContextV1beta2, functionNameOf, portOf } from './function-context.ts';
import { mountedFiles } from './mounted-files.ts';

export interface SettingsInput {
  serving: Serving;
  manifest: ModuleManifest;
  source: ConfigSource;
  instance: string;
  /** Requests that the instance carries at one time. */
  concurrency: number;
  loadTimeoutMs: number;
  requestTimeoutMs: number;
  /** Variables of the platform; the function's own win. */
  messaging?: Readonly<Record<string, string>>;
  internalSocket?: string;
  clusterDomain?: string;
}

/** Everything that an instance must know to become this function. It holds secret values: seal it, and never log it. */
export function settingsOf(input: SettingsInput): object {
  const { serving, manifest, source, instance, concurrency, loadTimeoutMs, requestTimeoutMs, internalSocket, clusterDomain } = input;
  const given = environmentOf(serving, source).env;
  const target = targetOf(given, manifest);
  const signature = given['FUNCTION_SIGNATURE_TYPE'] ?? given['FUNC_TYPE'] ?? manifest.signature ?? 'http';
  const namespace = serving.metadata.namespace ?? '';
  const env = {
    PORT: String(portOf(serving.spec)),
    ...input.messaging,
    ...given,
    FUNCTION_TARGET: target,
    FUNCTION_SIGNATURE_TYPE: signature,
    POD_NAME: instance,
    POD_NAMESPACE: namespace,
    FUNC_CONTEXT: JSON.stringify(functionContext(serving)),
    FUNC_CONTEXT_V1BETA2: JSON.stringify(functionContextV1beta2(serving)),
  };
  return {
    functionNamespace: namespace,
    functionName: functionNameOf(serving),
    target,
    signature,
    format: manifest.format,
    entry: manifest.entry,
    env,
    concurrency,
    loadTimeoutMs,
    requestTimeoutMs,
    files: mountedFiles(serving, source).files,
    internalSocket,
    clusterDomain,
  };
}

/** What the function is called in its source. */
export function targetOf(env: Readonly<Record<string, string>>, manifest: ModuleManifest): string {
  return env['FUNCTION_TARGET'] ?? env['FUNC_NAME'] ?? manifest.target ?? manifest.exports[0] ?? 'function';
}

export interface SettingsProblem {
  code: 'ReferenceNotFound' | 'NamespaceNotEnabled';
  message: string;
}

/** Whether what the Serving names may be there and was not read yet. */
export function isUnread(serving: Serving, values: ConfigValues): boolean {
  const namespace = serving.metadata.namespace ?? '';
  return namesValues(serving) && values.isEnabled(namespace) && !values.isComplete(namespace);
}

/** Why the settings of a Serving cannot be made now; undefined when they can. */
export function settingsProblem(
  serving: Serving,
  values: ConfigValues,
  enableCommand: (namespace: string) => string,
): SettingsProblem | undefined {
  const namespace = serving.metadata.namespace ?? '';
  if (!values.isEnabled(namespace)) {
    const how = enableCommand(namespace);
    return {
      code: 'NamespaceNotEnabled',
      message: `The namespace "${namespace}" is not enabled: no function runs and no Secret or ConfigMap is read there. Enable it: ${how}`,
    };
  }
  if (!namesValues(serving)) return undefined;
  const [first] = [...environmentOf(serving, values).missing, ...mountedFiles(serving, values).missing];
  if (first === undefined) return undefined;
  return {
    code: 'ReferenceNotFound',
    message: `The function names ${nameOf(first)} in the namespace "${namespace}", which does not exist. Create it, or mark the reference as optional.`,
  };
}

function nameOf({ kind, name, key }: ConfigReference): string {
  return key === undefined ? `the ${kind} "${name}"` : `the key "${key}" of the ${kind} "${name}"`;
}

/** Whether anything of the template is to be read from a Secret or ConfigMap. */
function namesValues(serving: Serving): boolean {
  const container = functionContainer(serving)?.container;
  const mounted = new Set((container?.volumeMounts ?? []).map(({ name }) => name));
  return (
    (container?.envFrom ?? []).length > 0 ||
    (container?.env ?? []).some(({ valueFrom }) => valueFrom !== undefined) ||
    (serving.spec.template?.volumes ?? []).some(
      ({ name, secret, configMap }) => mounted.has(name) && (secret !== undefined || configMap !== undefined),
    )
  );
}
