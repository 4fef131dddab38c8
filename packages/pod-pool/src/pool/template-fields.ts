import { type Serving, functionContainer, type FunctionContainer } from '@openfunction/resources';
import type { PodField, PodTemplate, TemplateField } from '@openfunction/workload';

/** Paths of a Serving's template, by what becomes of them. */
export interface TemplateFields {
  /** Why an instance of the pool will not do: a Workload of its own honours them. */
  unpooled: string[];
  /** Without effect here. */
  notHonoured: string[];
}

type Paths = readonly (readonly [needs: PodField, path: string])[];

const placing = [
  'nodeSelector',
  'tolerations',
  'affinity',
  'serviceAccountName',
  'runtimeClassName',
  'topologySpreadConstraints',
] as const satisfies readonly (PodField & keyof PodTemplate)[];

/** What only an image has a use for: the runner is started as the platform does it. */
const ofImages = {
  command: 'command',
  args: 'command',
  workingDir: 'command',
  ports: 'ports',
  imagePullPolicy: 'imagePullPolicy',
  livenessProbe: 'probes',
  readinessProbe: 'probes',
  startupProbe: 'probes',
} as const satisfies Partial<Record<keyof FunctionContainer, PodField>>;

/** What becomes of the template of a function that a runner loads. */
export function runnerFields(serving: Serving, honours: ReadonlySet<TemplateField>): TemplateFields {
  const { container, at } = found(serving);
  const ignored = Object.keys(ofImages).filter((field) => container?.[field as keyof typeof ofImages] !== undefined);
  const paths = [...placingPaths(serving), ...sidecarPaths(serving), ...mountPaths(serving)];
  return {
    unpooled: paths.filter(([needs]) => honours.has(needs)).map(([, path]) => path),
    notHonoured: [
      ...imagePath(serving),
      ...ignored.map((field) => `${at}.${field}`),
      ...paths.filter(([needs]) => !honours.has(needs)).map(([, path]) => path),
    ],
  };
}

/** What of the template has no effect on an image. */
export function imageFields(serving: Serving, honours: ReadonlySet<TemplateField>): string[] {
  const { container, at } = found(serving);
  const own = Object.entries(ofImages).flatMap(([field, needs]) =>
    container?.[field as keyof typeof ofImages] === undefined ? [] : [[needs, `${at}.${field}`] as const],
  );
  const mounts = honours.has('files') ? claimPaths(serving) : mountPaths(serving);
  const relative = (container?.volumeMounts ?? []).flatMap(({ mountPath }, index) =>
    mountPath.startsWith('/') ? [] : [`${at}.volumeMounts[${index}].mountPath`],
  );
  const paths: Paths = [...own, ...placingPaths(serving), ...sidecarPaths(serving), ...mounts];
  const labels = serving.spec.labels === undefined || honours.has('labels') ? [] : ['spec.labels'];
  return [...imagePath(serving), ...relative, ...labels, ...paths.filter(([needs]) => !honours.has(needs)).map(([, path]) => path)];
}

function found(serving: Serving): { container?: FunctionContainer; at: string; index: number } {
  const { container, index = 0 } = functionContainer(serving) ?? {};
  return { ...(container === undefined ? {} : { container }), at: `spec.template.containers[${index}]`, index };
}

/** The image is the Function's: that of its container is only another name for it. */
function imagePath(serving: Serving): string[] {
  const { container, at } = found(serving);
  return container?.image === undefined || container.image === serving.spec.image ? [] : [`${at}.image`];
}

function placingPaths({ spec: { template } }: Serving): Paths {
  return placing.filter((field) => template?.[field] !== undefined).map((field) => [field, `spec.template.${field}`] as const);
}

function sidecarPaths(serving: Serving): Paths {
  const { index } = found(serving);
  return (serving.spec.template?.containers ?? []).flatMap((_, at) =>
    at === index ? [] : [['sidecars', `spec.template.containers[${at}]`] as const],
  );
}

/** A pooled instance has the files of Secrets and ConfigMaps below its work folder, and no other volumes. */
function mountPaths(serving: Serving): Paths {
  const { container, at } = found(serving);
  const volumes = new Map((serving.spec.template?.volumes ?? []).map((volume) => [volume.name, volume]));
  return (container?.volumeMounts ?? []).flatMap(({ name, mountPath }, index) => {
    const volume = volumes.get(name);
    const isLoaded = !mountPath.startsWith('/') && (volume?.secret !== undefined || volume?.configMap !== undefined);
    return volume === undefined || isLoaded ? [] : [['volumes', `${at}.volumeMounts[${index}].mountPath`] as const];
  });
}

function claimPaths({ spec: { template } }: Serving): Paths {
  return (template?.volumes ?? []).flatMap(({ persistentVolumeClaim }, index) =>
    persistentVolumeClaim === undefined ? [] : [['volumes', `spec.template.volumes[${index}].persistentVolumeClaim`] as const],
  );
}
