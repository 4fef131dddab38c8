import type { ModuleArtifact } from '@openfunction/artifact';
import { settingsOf } from '@openfunction/pod-pool';
import {
  configMapKind,
  environmentOf,
  functionLabel,
  keyText,
  secretKind,
  valuesOf,
  type ConfigMap,
  type ConfigSource,
  type KubeObject,
  type OFunction,
  type Secret,
  type Serving,
} from '@openfunction/resources/nouns';

/** A function as `ofn dev` runs it: what the platform would make of its manifest. */
export interface DevFunction {
  serving: Serving;
  /** The Secrets and ConfigMaps of the manifest. */
  source: ConfigSource;
  /** Given on the command line; wins over the manifest. */
  env: Readonly<Record<string, string>>;
}

export function devFunction(fn: OFunction, objects: readonly KubeObject[], env: DevFunction['env']): DevFunction {
  const { name, namespace } = fn.metadata;
  const { version, image, serving } = fn.spec;
  return {
    serving: {
      apiVersion: 'core.openfunction.io/v1beta2',
      kind: 'Serving',
      metadata: { name: `${name}-dev`, namespace, uid: 'dev', generation: 1, labels: { [functionLabel]: name } },
      spec: { ...serving, version, image },
    },
    source: sourceOf(objects, namespace ?? ''),
    env,
  };
}

function sourceOf(objects: readonly KubeObject[], namespace: string): ConfigSource {
  const held = new Map(
    objects
      .filter(({ kind }) => kind === secretKind.kind || kind === configMapKind.kind)
      .map((object) => [
        `${object.kind}/${object.metadata.namespace ?? namespace}/${object.metadata.name}`,
        valuesOf(object as Secret | ConfigMap),
      ]),
  );
  return { get: (kind, key) => held.get(`${kind}/${keyText(key)}`) };
}

/** What the manifest takes from Secrets and ConfigMaps that it does not hold. */
export function missingValues({ serving, source }: DevFunction): string[] {
  return environmentOf(serving, source).missing.map(
    ({ kind, name, key }) =>
      `What the function takes from ${key === undefined ? '' : `"${key}" of `}the ${kind} "${name}" is not set here: give it with --env NAME=VALUE, or put the ${kind} into the manifest.`,
  );
}

export interface DevSettings {
  artifact: ModuleArtifact;
  instance: string;
  /** The gateway's, when a platform runs here: calls to other functions go there. */
  internalSocket?: string;
  /** Where its Dapr runtime is. */
  daprEnv: Readonly<Record<string, string>>;
}

/** The settings that an instance of the platform would get. */
export function devSettings(fn: DevFunction, { artifact, instance, internalSocket, daprEnv }: DevSettings): object {
  const settings = settingsOf({
    serving: fn.serving,
    manifest: artifact.manifest,
    source: fn.source,
    instance,
    concurrency: 100,
    // Whoever stops at a breakpoint takes long.
    loadTimeoutMs: 0,
    requestTimeoutMs: 0,
    ...(internalSocket === undefined ? {} : { internalSocket, clusterDomain: 'cluster.local' }),
  });
  return { ...settings, env: { ...('env' in settings ? (settings.env as object) : {}), ...daprEnv, ...fn.env } };
}
