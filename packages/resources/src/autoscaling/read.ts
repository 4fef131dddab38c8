import { invalid, type FieldCause } from '../field-cause.ts';
import type { ServingTemplateSpec } from '../function/schema.ts';
import { autoscalingAnnotations, type Annotation, type AutoscalingSettings } from './annotations.ts';

/** Where annotations about scaling may stand: the first that has one decides. */
interface Source {
  path: string;
  map: Readonly<Record<string, unknown>>;
}

export interface AutoscalingInput {
  /** `spec.serving` of a Function, or the spec of a Serving. */
  serving: Pick<ServingTemplateSpec, 'scaleOptions' | 'annotations'>;
  /** Of the object itself. */
  annotations?: Readonly<Record<string, string>> | undefined;
}

const table = Object.entries(autoscalingAnnotations) as [keyof AutoscalingSettings, Annotation<unknown>][];

function sourcesOf({ serving, annotations }: AutoscalingInput, path: string): Source[] {
  return [
    { path: `${path}.scaleOptions.knative`, map: serving.scaleOptions?.knative ?? {} },
    { path: `${path}.annotations`, map: serving.annotations ?? {} },
    { path: 'metadata.annotations', map: annotations ?? {} },
  ];
}

/** What a source says under any of the names. */
function saidIn({ map }: Source, { names }: Annotation<unknown>): { name: string; text: string } | undefined {
  const name = names.find((each) => Object.hasOwn(map, each));
  return name === undefined ? undefined : { name, text: String(map[name]) };
}

/** What the annotations say: `scaleOptions.knative` before those of the instances, and those before the object's own. A value that is none counts as not said. */
export function autoscalingSettings(input: AutoscalingInput): AutoscalingSettings {
  const sources = sourcesOf(input, '');
  const values = table.flatMap(([setting, annotation]) => {
    for (const source of sources) {
      const said = saidIn(source, annotation);
      const reading = said === undefined ? undefined : annotation.read(said.text);
      if (reading !== undefined && 'value' in reading) return [[setting, reading.value] as const];
    }
    return [];
  });
  return Object.fromEntries(values);
}

/** What is wrong with the annotations about scaling; `path` is where the serving stands. */
export function autoscalingCauses(input: AutoscalingInput, path: string): FieldCause[] {
  const sources = sourcesOf(input, path);
  const unreadable = sources.flatMap((source) =>
    table.flatMap(([, annotation]) => {
      const said = saidIn(source, annotation);
      const reading = said === undefined ? undefined : annotation.read(said.text);
      return said !== undefined && reading !== undefined && 'expected' in reading
        ? [invalid(`${source.path}[${said.name}]`, reading.expected)]
        : [];
    }),
  );
  return unreadable.length > 0 ? unreadable : contradictions(input, sources, path);
}

/** What each says is good, and together they cannot be. */
function contradictions(input: AutoscalingInput, sources: readonly Source[], path: string): FieldCause[] {
  const { minReplicas, maxReplicas } = input.serving.scaleOptions ?? {};
  const said = autoscalingSettings(input);
  const [min, max] = [minReplicas ?? said.minScale ?? 0, maxReplicas ?? said.maxScale ?? 0];
  const placeOf = (setting: 'minScale' | 'activationScale', field?: string): string => {
    const annotation = autoscalingAnnotations[setting];
    for (const source of sources) {
      const found = field === undefined ? saidIn(source, annotation) : undefined;
      if (found !== undefined) return `${source.path}[${found.name}]`;
    }
    return `${path}.scaleOptions.${field}`;
  };
  if (max > 0 && min > max) {
    const field = placeOf('minScale', minReplicas === undefined ? undefined : 'minReplicas');
    return [invalid(field, `is ${min}, above the most instances, which are ${max}; lower it, or raise the maximum`)];
  }
  if (max > 0 && (said.activationScale ?? 0) > max)
    return [
      invalid(
        placeOf('activationScale'),
        `is ${said.activationScale}, above the most instances, which are ${max}; lower it, or raise the maximum`,
      ),
    ];
  return [];
}

const known = new Set(table.flatMap(([, { names }]) => names));

/** Names of annotations for an autoscaler that have no effect. */
export function unknownAutoscaling(map: Readonly<Record<string, unknown>> = {}): string[] {
  return Object.keys(map).filter((name) => name.startsWith('autoscaling.knative.dev/') && !known.has(name));
}
