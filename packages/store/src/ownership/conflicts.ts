import type { FieldCause } from '@openfunction/resources';
import { StoreError } from '../store-error.ts';
import { intersection, pathsOf, type FieldSet } from './field-set.ts';
import type { Manager } from './managers.ts';

/** A field that an apply would take from another manager. */
export interface Conflict {
  owner: Manager;
  /** Such as `.spec.ports[port=80,protocol="TCP"].name`. */
  field: string;
}

function stepText(step: string): string {
  if (step.startsWith('f:')) return `.${step.slice(2)}`;
  if (step.startsWith('v:')) return `[=${step.slice(2)}]`;
  const keys = JSON.parse(step.slice(2)) as Record<string, unknown>;
  return `[${Object.entries(keys)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(',')}]`;
}

export function fieldText(path: readonly string[]): string {
  return path.map(stepText).join('');
}

export function conflictsWith(owners: readonly Manager[], taken: FieldSet): Conflict[] {
  return owners.flatMap((owner) => pathsOf(intersection(owner.fields, taken)).map((path) => ({ owner, field: fieldText(path) })));
}

/** As kubectl's users know it. */
function ownerText({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = JSON.stringify(manager) + (subresource === undefined ? '' : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === 'Apply' ? name : `${name} using ${apiVersion}`;
}

function message(conflicts: readonly Conflict[]): string {
  const [only] = conflicts;
  if (only !== undefined && conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${ownerText(only.owner)}: ${only.field}`;
  const owners = [...new Set(conflicts.map(({ owner }) => ownerText(owner)))].toSorted();
  const lines = owners.flatMap((owner) => [
    `conflicts with ${owner}:`,
    ...conflicts.filter((each) => ownerText(each.owner) === owner).map(({ field }) => `- ${field}`),
  ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

export function conflictError(conflicts: readonly Conflict[]): StoreError {
  const causes = conflicts.map(({ owner, field }): FieldCause => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${ownerText(owner)}`,
    field,
  }));
  return new StoreError('Conflict', message(conflicts), { causes });
}
