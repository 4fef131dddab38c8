import type { KubeObject, ResourceKind } from '@openfunction/resources';
import type { ScalePaths } from './scale.ts';

/** A column of `kubectl get`, in the form of a CRD's `additionalPrinterColumns`. */
export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  jsonPath: string;
  /** Above 0: shown with `-o wide` only. */
  priority?: number;
  description?: string;
}

/** The part of JSON Schema (as in a CRD) that this server reads; everything else is passed on as it is. */
export interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  [key: string]: unknown;
}

/** What the API needs to know of a kind to serve it. Without a schema nothing is known of its fields. */
export interface ApiKind<T extends KubeObject = KubeObject> extends ResourceKind<T> {
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly columns?: readonly PrinterColumn[];
  readonly schema?: JsonSchema;
  /** Where its replicas are, when it can be scaled. */
  readonly scale?: ScalePaths;
  /** Fields that a list may select by, beside name and namespace, as in a CRD's `selectableFields`. */
  readonly selectableFields?: readonly string[];
  /** Served from elsewhere than the Store, and so not writable. */
  readonly readOnly?: boolean;
}
