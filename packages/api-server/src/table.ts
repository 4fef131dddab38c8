import type { KubeObject } from '@openfunction/resources';
import type { ApiKind, PrinterColumn } from './api-kind.ts';
import { readJsonPath } from './json-path.ts';

/** `metav1.Table`: what kubectl prints without knowing the kind. */
export interface Table {
  kind: 'Table';
  apiVersion: 'meta.k8s.io/v1';
  metadata: { resourceVersion?: string; continue?: string };
  columnDefinitions: { name: string; type: string; format: string; description: string; priority: number }[];
  rows: { cells: unknown[]; object: unknown }[];
}

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  metadata: Table['metadata'];
  includeObject: IncludeObject;
  now: number;
}

export function tableOf(kind: ApiKind, objects: readonly KubeObject[], options: TableOptions): Table {
  const columns = columnsOf(kind);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: columns.map((column) => ({
      name: column.name,
      type: column.type,
      format: column.jsonPath === '.metadata.name' ? 'name' : '',
      description: column.description ?? '',
      priority: column.priority ?? 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => cell(object, column, options.now)),
      object: embedded(object, options.includeObject),
    })),
  };
}

function columnsOf(kind: ApiKind): PrinterColumn[] {
  const own = (kind.columns ?? []).filter((column) => column.name.toUpperCase() !== 'NAME');
  const hasAge = own.some((column) => column.name.toUpperCase() === 'AGE');
  const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
  return [{ name: 'Name', type: 'string', jsonPath: '.metadata.name' }, ...own, ...(hasAge ? [] : [age])];
}

function cell(object: KubeObject, column: PrinterColumn, now: number): unknown {
  const value = readJsonPath(object, column.jsonPath);
  if (column.type === 'date') return typeof value === 'string' ? age(now - Date.parse(value)) : '<unknown>';
  if (value === undefined || value === null) return column.type === 'string' ? '' : null;
  return column.type === 'string' && typeof value !== 'string' ? JSON.stringify(value) : value;
}

/** Kubernetes' short durations: `59s`, `4m5s`, `3h12m`, `2d4h`. */
export function age(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return '<unknown>';
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 8 ? two(days, 'd', hours % 24, 'h') : `${days}d`;
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

function embedded(object: KubeObject, include: IncludeObject): unknown {
  if (include === 'None') return null;
  if (include === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
