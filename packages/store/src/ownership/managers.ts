import type { KubeObject } from '@openfunction/resources';
import { isMap } from '../plain.ts';
import { isEmpty, union, type FieldSet } from './field-set.ts';
import { decodeFields, encodeFields } from './fields-v1.ts';

/** Who owns which fields, by which kind of write. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** RFC 3339, in seconds; empty when no write of it changed anything. */
  readonly time: string;
  readonly subresource?: string;
  readonly fields: FieldSet;
}

export type ManagerId = Pick<Manager, 'manager' | 'operation' | 'apiVersion' | 'subresource'>;

/** So many updaters are remembered apart; the fields of the oldest are put together. */
const mostUpdaters = 10;
const ancient = 'ancient-changes';

export function isSameManager(left: ManagerId, right: ManagerId): boolean {
  return (
    left.manager === right.manager &&
    left.operation === right.operation &&
    (left.subresource ?? '') === (right.subresource ?? '') &&
    (left.operation === 'Apply' || left.apiVersion === right.apiVersion)
  );
}

function decodeManager(entry: unknown): Manager | undefined {
  if (!isMap(entry)) return undefined;
  const { manager, operation, apiVersion, time, subresource } = entry;
  const fields = decodeFields(entry['fieldsV1']);
  if (fields === undefined || typeof apiVersion !== 'string' || (operation !== 'Apply' && operation !== 'Update')) return undefined;
  return {
    manager: typeof manager === 'string' ? manager : '',
    operation,
    apiVersion,
    time: typeof time === 'string' ? time : '',
    ...(typeof subresource === 'string' && subresource !== '' ? { subresource } : {}),
    fields,
  };
}

/** Undefined when an entry cannot be read: then nothing of the list counts. */
export function decodeManagers(entries: unknown): Manager[] | undefined {
  if (!Array.isArray(entries)) return undefined;
  const managers = entries.map(decodeManager);
  return managers.every((manager) => manager !== undefined) ? managers : undefined;
}

export function managersOf(object: KubeObject): Manager[] {
  return decodeManagers(object.metadata.managedFields ?? []) ?? [];
}

function order(left: Manager, right: Manager): number {
  const parts = (of: Manager): string[] => [of.operation, of.time, of.manager, of.apiVersion, of.subresource ?? ''];
  const [mine, theirs] = [parts(left), parts(right)];
  const at = mine.findIndex((part, index) => part !== theirs[index]);
  return at < 0 ? 0 : (mine[at] ?? '') < (theirs[at] ?? '') ? -1 : 1;
}

function capped(managers: readonly Manager[]): Manager[] {
  const updaters = managers.filter(({ operation }) => operation === 'Update').toSorted(order);
  const surplus = updaters.length - mostUpdaters;
  if (surplus <= 0) return [...managers];
  const old = updaters.slice(0, surplus + 1);
  const versions = [...new Set(old.map(({ apiVersion }) => apiVersion))];
  const merged = versions.map((apiVersion): Manager => {
    const same = old.filter((each) => each.apiVersion === apiVersion);
    const fields = same.map((each) => each.fields).reduce(union);
    return { manager: ancient, operation: 'Update', apiVersion, time: same.at(-1)?.time ?? '', fields };
  });
  return [...managers.filter((each) => !old.includes(each)), ...merged];
}

/** The object with these owners alone; those without fields are left out. */
export function withManagers(object: KubeObject, managers: readonly Manager[]): KubeObject {
  const { managedFields: _old, ...metadata } = object.metadata;
  const entries = capped(managers.filter(({ fields }) => !isEmpty(fields)))
    .toSorted(order)
    .map(({ fields, time, ...id }) => ({
      ...id,
      ...(time === '' ? {} : { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: encodeFields(fields),
    }));
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } };
}
