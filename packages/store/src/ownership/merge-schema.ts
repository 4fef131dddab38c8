import { isMap } from '../plain.ts';

/**
 * What merging reads of a structural schema (as in a CRD). Maps are merged field by field and lists are one value,
 * unless the schema says otherwise; so is everything below what it does not describe.
 */
export interface MergeSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, MergeSchema>>;
  readonly additionalProperties?: boolean | MergeSchema;
  readonly items?: MergeSchema;
  readonly default?: unknown;
  /** The same of every value of this type, as far as merging goes. */
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
}

export interface Child {
  value: unknown;
  schema: MergeSchema | undefined;
  /** A field that the schema names, unlike a key of a map or an element of a list. */
  isNamed: boolean;
}

/** The schema of what a step leads to. */
export function schemaAt(schema: MergeSchema | undefined, step: string): { schema: MergeSchema | undefined; isNamed: boolean } {
  if (!step.startsWith('f:')) return { schema: schema?.items, isNamed: false };
  const name = step.slice(2);
  const { properties, additionalProperties } = schema ?? {};
  if (properties !== undefined && Object.hasOwn(properties, name)) return { schema: properties[name], isNamed: true };
  return { schema: typeof additionalProperties === 'object' ? additionalProperties : undefined, isNamed: false };
}

/** The step of an element of a keyed list; undefined when a key is missing and has no default. */
function keyStep(element: unknown, keys: readonly string[], schema: MergeSchema | undefined): string | undefined {
  if (!isMap(element)) return undefined;
  const values = keys.toSorted().map((key) => [key, element[key] ?? schema?.properties?.[key]?.default] as const);
  return values.some(([, value]) => value === undefined) ? undefined : `k:${JSON.stringify(Object.fromEntries(values))}`;
}

function elementSteps(list: readonly unknown[], schema: MergeSchema): (string | undefined)[] | undefined {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] === 'set') return list.map((element) => `v:${JSON.stringify(element)}`);
  if (schema['x-kubernetes-list-type'] === 'map' && keys !== undefined) return list.map((element) => keyStep(element, keys, schema.items));
  return undefined;
}

/** The parts of a value that are merged one by one, in their order; undefined for a leaf: a scalar, or what is one value. */
export function childrenOf(value: unknown, schema: MergeSchema | undefined): Map<string, Child> | undefined {
  if (isMap(value)) {
    if (schema?.['x-kubernetes-map-type'] === 'atomic') return undefined;
    return new Map(
      Object.entries(value).map(([name, child]) => {
        const step = `f:${name}`;
        return [step, { value: child, ...schemaAt(schema, step) }];
      }),
    );
  }
  if (!Array.isArray(value) || schema === undefined) return undefined;
  const steps = elementSteps(value, schema);
  // A list that breaks its own rule, such as one with a key twice, can only be taken whole.
  if (steps === undefined || steps.includes(undefined) || new Set(steps).size !== steps.length) return undefined;
  return new Map(steps.map((step, index) => [step ?? '', { value: value[index] as unknown, schema: schema.items, isNamed: false }]));
}
