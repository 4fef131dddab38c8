import { type Serving, appProtocolOf, environmentOf, functionContainer, type ConfigSource } from '@openfunction/resources';
import type { InstanceTemplate, TemplateField } from '@openfunction/workload';
import type { PoolShape } from '../pool/shape.ts';
import { functionContext, functionContextV1beta2, portOf } from './function-context.ts';
import { mountedFiles } from './mounted-files.ts';

export interface ImageTemplateInput {
  serving: Serving;
  shape: PoolShape;
  honours: ReadonlySet<TemplateField>;
  source: ConfigSource;
  user: number | undefined;
  /** Variables of the platform; the function's own win. */
  messaging?: Readonly<Record<string, string>>;
}

/**
 * What an instance of an image is started with. Values of Secrets are in it only where the ground cannot read them itself,
 * and nothing but memory holds it.
 */
export function imageTemplate({ serving, shape, honours, source, user, messaging }: ImageTemplateInput): InstanceTemplate {
  const { metadata, spec } = serving;
  const reads = honours.has('references');
  const params = Object.fromEntries(Object.entries(spec.params ?? {}).map(([name, value]) => [name, String(value)]));
  const port = portOf(spec);
  return {
    ...shape.resources,
    port,
    ...(user === undefined ? {} : { user }),
    env: {
      PORT: String(port),
      APP_PROTOCOL: appProtocolOf(spec),
      POD_NAMESPACE: metadata.namespace ?? '',
      FUNC_CONTEXT: JSON.stringify(functionContext(serving)),
      FUNC_CONTEXT_V1BETA2: JSON.stringify(functionContextV1beta2(serving)),
      ...messaging,
      ...(reads ? params : environmentOf(serving, source).env),
    },
    ...(spec.labels === undefined ? {} : { labels: spec.labels }),
    ...(shape.pod === undefined ? {} : { pod: shape.pod }),
    ...(shape.pullSecrets === undefined ? {} : { pullSecrets: shape.pullSecrets }),
    ...(reads ? {} : { files: filesOf(serving, source) }),
  };
}

function filesOf(serving: Serving, source: ConfigSource): NonNullable<InstanceTemplate['files']> {
  const volumes = new Map((serving.spec.template?.volumes ?? []).map((volume) => [volume.name, volume]));
  const folders = (functionContainer(serving)?.container.volumeMounts ?? []).filter(
    ({ name }) => volumes.get(name)?.emptyDir !== undefined,
  );
  return [
    ...mountedFiles(serving, source).files.map(({ path, content }) => ({ path: `/${path}`, content })),
    ...folders.map(({ mountPath }) => ({ path: mountPath })),
  ];
}
