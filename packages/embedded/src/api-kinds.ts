import type { ApiKind, JsonSchema, PrinterColumn } from '@openfunction/api-server';
import {
  allKinds,
  customResourceDefinitions,
  referenceGrantJsonSchema,
  referenceGrantKind,
  type KubeObject,
  type ResourceKind,
} from '@openfunction/resources';
import { conversions } from '@openfunction/resources/conversions';

interface DefinitionSpec {
  group: string;
  names: { kind: string; shortNames?: readonly string[]; categories?: readonly string[] };
  versions: readonly {
    name: string;
    additionalPrinterColumns?: readonly PrinterColumn[];
    subresources?: { scale?: ApiKind['scale'] };
    selectableFields?: readonly { jsonPath: string }[];
    schema: { openAPIV3Schema: JsonSchema };
  }[];
}

/**
 * Our kinds as the API serves them, the present version of each first: what a cluster learns from their CRDs. And what a
 * cluster has from the Gateway API.
 */
export function apiKinds(): ApiKind[] {
  const ours = [...customResourceDefinitions().values()]
    .flatMap((definition) => apiKindsOf(definition))
    .toSorted((left, right) => Number(isOlder(left)) - Number(isOlder(right)));
  return [...ours, { ...referenceGrantKind, shortNames: ['refgrant'], schema: referenceGrantJsonSchema() }];
}

const kinds: readonly ResourceKind[] = [...allKinds, ...conversions.map(({ older }) => older)];

/** Whether objects of the kind are stored in another version. */
export function isOlder(kind: ResourceKind): boolean {
  return conversions.some(({ older }) => older.group === kind.group && older.kind === kind.kind && older.version === kind.version);
}

function apiKindsOf(definition: KubeObject): ApiKind[] {
  const { group, names, versions } = definition.spec as DefinitionSpec;
  return versions.flatMap((version) =>
    kinds
      .filter((kind) => kind.group === group && kind.kind === names.kind && kind.version === version.name)
      .map((kind) => ({
        ...kind,
        shortNames: names.shortNames,
        categories: names.categories,
        columns: version.additionalPrinterColumns,
        scale: version.subresources?.scale,
        selectableFields: version.selectableFields?.map(({ jsonPath }) => jsonPath),
        schema: version.schema.openAPIV3Schema,
      })),
  );
}
