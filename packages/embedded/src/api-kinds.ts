import type { ApiKind, JsonSchema, PrinterColumn } from '@openfunction/api-server';
import { allKinds, customResourceDefinitions, type KubeObject } from '@openfunction/resources';

interface DefinitionSpec {
  group: string;
  names: { kind: string; shortNames?: readonly string[]; categories?: readonly string[] };
  versions: readonly {
    additionalPrinterColumns?: readonly PrinterColumn[];
    subresources?: { scale?: ApiKind['scale'] };
    schema: { openAPIV3Schema: JsonSchema };
  }[];
}

/** Our kinds as the API serves them: what a cluster learns from their CRDs. */
export function apiKinds(): ApiKind[] {
  return [...customResourceDefinitions().values()].flatMap((definition) => apiKindOf(definition));
}

function apiKindOf(definition: KubeObject): ApiKind[] {
  const { group, names, versions } = definition.spec as DefinitionSpec;
  return allKinds
    .filter((kind) => kind.group === group && kind.kind === names.kind)
    .map((kind) => ({
      ...kind,
      shortNames: names.shortNames,
      categories: names.categories,
      columns: versions[0]?.additionalPrinterColumns,
      scale: versions[0]?.subresources?.scale,
      schema: versions[0]?.schema.openAPIV3Schema,
    }));
}
