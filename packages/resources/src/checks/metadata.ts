import { invalid, type FieldCause } from '../field-cause.ts';
import type { KubeObject } from '../object.ts';

const annotationBytes = 256 * 1024;

function isQualifiedName(key: string): boolean {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? (parts[0] ?? '') : undefined;
  const isPrefix = prefix === undefined || (prefix.length <= 253 && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(prefix));
  return parts.length <= 2 && name.length <= 63 && /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name) && isPrefix;
}

function isLabelValue(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 63 && /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?$/.test(value);
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 80));

/** What is wrong with labels, annotations and finalizers: what Kubernetes refuses of any object. */
export function checkMetadata({ metadata }: KubeObject): FieldCause[] {
  const { labels = {}, annotations = {}, finalizers = [], namespace } = metadata;
  const badKeys = (map: object, field: string): FieldCause[] =>
    Object.keys(map)
      .filter((key) => !isQualifiedName(key))
      .map((key) => invalid(field, `${shown(key)} is no key: write [prefix/]name, the name at most 63 letters, digits, -, _ and .`));
  const badValues = Object.entries(labels)
    .filter(([, value]) => !isLabelValue(value))
    .map(([key]) => invalid('metadata.labels', `the value of ${shown(key)} is none of a label: at most 63 letters, digits, -, _ and .`));
  const isNamespace = namespace === undefined || (namespace.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(namespace));
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return [
    ...(isNamespace ? [] : [invalid('metadata.namespace', 'must be at most 63 lower-case letters, digits and -')]),
    ...badKeys(labels, 'metadata.labels'),
    ...badValues,
    ...badKeys(annotations, 'metadata.annotations'),
    ...(size > annotationBytes ? [invalid('metadata.annotations', 'are larger than 256 KiB together; store less')] : []),
    ...finalizers.filter((each) => !isQualifiedName(each)).map((each) => invalid('metadata.finalizers', `${shown(each)} is no finalizer`)),
  ];
}
