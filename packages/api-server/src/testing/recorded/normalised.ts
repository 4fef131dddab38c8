import { isJsonObject } from '../../json.ts';
import type { Answer } from './exchange.ts';

/** Fields whose value no two servers share. */
const placeholders: Readonly<Record<string, string>> = {
  uid: 'UID',
  resourceVersion: 'VERSION',
  creationTimestamp: 'TIME',
  deletionTimestamp: 'TIME',
  time: 'TIME',
  continue: 'TOKEN',
};

function normalisedText(text: string, namespace: string): string {
  return text
    .replaceAll(namespace, 'NS')
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UID')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
    .replaceAll(/\b\d+ \(\d+\)/g, 'VERSION (VERSION)');
}

function normalisedValue(value: unknown, namespace: string): unknown {
  if (typeof value === 'string') return normalisedText(value, namespace);
  if (Array.isArray(value)) return value.map((each) => normalisedValue(each, namespace));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      const placeholder = Object.hasOwn(placeholders, key) ? placeholders[key] : undefined;
      return [key, placeholder !== undefined && typeof each === 'string' && each !== '' ? placeholder : normalisedValue(each, namespace)];
    }),
  );
}

/** An answer without what differs from run to run: identities, versions, times and the namespace. */
export function normalised(answer: Answer, namespace: string): Answer {
  return normalisedValue(answer, namespace) as Answer;
}
