import { apiVersionOf } from '@openfunction/resources';
import type { ApiKind } from './api-kind.ts';
import { reviewGroups, reviewResources } from './reviews.ts';

const readVerbs = ['get', 'list', 'watch'];
const writeVerbs = ['create', 'delete', 'deletecollection', 'patch', 'update'];

/** The legacy discovery documents, by path. */
export function discoveryDocuments(kinds: readonly ApiKind[]): Map<string, unknown> {
  const documents = new Map<string, unknown>();
  const groups = [...new Set(kinds.map((kind) => kind.group))].filter((group) => group !== '');
  const named = [...groups, ...reviewGroups].map((group) => apiGroup(group, versionsOf(kinds, group)));
  documents.set('/api', { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
  documents.set('/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups: named });
  for (const group of named) documents.set(`/apis/${group.name}`, { ...group, kind: 'APIGroup', apiVersion: 'v1' });
  for (const version of new Set(kinds.map(apiVersionOf))) {
    const served = kinds.filter((kind) => apiVersionOf(kind) === version);
    documents.set(groupVersionPath(served[0]?.group ?? '', version), resourceList(version, served.flatMap(resourcesOf)));
  }
  for (const group of reviewGroups) documents.set(`/apis/${group}/v1`, resourceList(`${group}/v1`, reviewResources(group)));
  return documents;
}

export function groupVersionPath(group: string, apiVersion: string): string {
  return group === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
}

function versionsOf(kinds: readonly ApiKind[], group: string): string[] {
  const versions = kinds.filter((kind) => kind.group === group).map((kind) => kind.version);
  return versions.length === 0 ? ['v1'] : [...new Set(versions)];
}

function apiGroup(name: string, versions: string[]): { name: string; versions: unknown[]; preferredVersion: unknown } {
  const listed = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: listed, preferredVersion: listed[0] };
}

function resourceList(groupVersion: string, resources: unknown[]): unknown {
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

function resourcesOf(kind: ApiKind): unknown[] {
  const base = { singularName: '', namespaced: kind.namespaced, kind: kind.kind };
  const main = {
    ...base,
    name: kind.plural,
    singularName: kind.kind.toLowerCase(),
    verbs: kind.readOnly === true ? readVerbs : [...readVerbs, ...writeVerbs],
    shortNames: kind.shortNames ?? [],
    categories: kind.categories ?? [],
  };
  if (kind.group === '' && kind.kind === 'Pod') return [main, { ...base, name: 'pods/log', verbs: ['get'] }];
  const verbs = ['get', 'patch', 'update'];
  const scale = { ...base, name: `${kind.plural}/scale`, kind: 'Scale', group: 'autoscaling', version: 'v1', verbs };
  return [main, ...(kind.hasStatus ? [{ ...base, name: `${kind.plural}/status`, verbs }] : []), ...(kind.scale ? [scale] : [])];
}
