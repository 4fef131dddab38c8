import { structuralOf, type Schema } from '../crd/structural.ts';
import { podTemplate } from '../schema/template.ts';
import { kubernetesFields, type FieldType } from './kubernetes-fields.ts';

/** One object of the pod template: where it is (`*` being the items of a list) and which of its fields are refused. */
export interface TemplatePart {
  path: readonly string[];
  refused: readonly { name: string; type: FieldType }[];
}

const container = ['containers', '*'];
const volume = ['volumes', '*'];
const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'].map((name) => [...container, name]);

const types: readonly (readonly [path: readonly string[], type: keyof typeof kubernetesFields])[] = [
  [[], 'PodSpec'],
  [['affinity'], 'Affinity'],
  [container, 'Container'],
  [[...container, 'ports', '*'], 'ContainerPort'],
  [[...container, 'env', '*'], 'EnvVar'],
  [[...container, 'env', '*', 'valueFrom'], 'EnvVarSource'],
  [[...container, 'envFrom', '*'], 'EnvFromSource'],
  [[...container, 'resources'], 'ResourceRequirements'],
  [[...container, 'volumeMounts', '*'], 'VolumeMount'],
  ...probes.flatMap((probe) => [
    [probe, 'Probe'] as const,
    [[...probe, 'httpGet'], 'HTTPGetAction'] as const,
    [[...probe, 'tcpSocket'], 'TCPSocketAction'] as const,
  ]),
  [volume, 'Volume'],
  [[...volume, 'emptyDir'], 'EmptyDirVolumeSource'],
  [[...volume, 'configMap'], 'ConfigMapVolumeSource'],
  [[...volume, 'configMap', 'items', '*'], 'KeyToPath'],
  [[...volume, 'secret'], 'SecretVolumeSource'],
  [[...volume, 'secret', 'items', '*'], 'KeyToPath'],
];

function schemaAt(schema: Schema, path: readonly string[]): Schema {
  return path.reduce((found, step) => (step === '*' ? found.items : found.properties?.[step]) ?? {}, schema);
}

function partsOf(template: Schema): TemplatePart[] {
  return types.map(([path, type]) => {
    const allowed = schemaAt(template, path).properties ?? {};
    const all = Object.entries(kubernetesFields[type]);
    return { path, refused: all.filter(([name]) => !Object.hasOwn(allowed, name)).map(([name, kind]) => ({ name, type: kind })) };
  });
}

/** What Kubernetes has in a pod and a function may not set: all that the schema of the template does not allow. */
export const templateParts: readonly TemplatePart[] = partsOf(structuralOf(podTemplate));
