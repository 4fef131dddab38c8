import { canonicalJson, digestOf } from '@openfunction/artifact';
import { functionLabel, readyWhenAnnotation, type Builder, type OFunction } from '@openfunction/resources';

/** Eight hex digits that stand for a value; equal values, equal digits. */
export function shortDigest(value: unknown): string {
  return digestOf(canonicalJson(value)).slice('sha256:'.length, 'sha256:'.length + 8);
}

/** `<function>-<digest8>`, within the 63 characters of a DNS label. */
export function childName(functionName: string, digest: string): string {
  return `${functionName.slice(0, 54).replace(/[-.]+$/, '')}-${digest}`;
}

/** Metadata of what a Function owns. */
export function childMeta(fn: OFunction, name: string): Builder['metadata'] {
  const owner = {
    apiVersion: fn.apiVersion,
    kind: fn.kind,
    name: fn.metadata.name,
    uid: fn.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
  return { name, namespace: fn.metadata.namespace, labels: { [functionLabel]: fn.metadata.name }, ownerReferences: [owner] };
}

const meaningful = ['openfunction.io/', 'autoscaling.knative.dev/', 'dapr.io/'];

/** The annotations of a Function that change how it is served; those of kubectl, helm and people do not. */
export function servingAnnotations(fn: OFunction): Record<string, string> {
  const entries = Object.entries(fn.metadata.annotations ?? {});
  // How a version becomes ready does not make another version of it.
  const others = entries.filter(([name]) => name !== readyWhenAnnotation);
  return Object.fromEntries(others.filter(([name]) => name === 'plugins' || meaningful.some((prefix) => name.startsWith(prefix))));
}
