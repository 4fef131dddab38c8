import { renderTemplate, type Gateway, type HostNames, type OFunction } from '@openfunction/resources';

/** The messages of routes.v1, as plain values. */
export interface Route {
  id: string;
  entries: RouteEntry[];
  serving: string;
  unavailable: string;
  timeouts: { headerMs: number; idleMs: number; totalMs: number };
}

export interface RouteEntry {
  host: string;
  path: { type: 'PATH_MATCH_TYPE_EXACT' | 'PATH_MATCH_TYPE_PREFIX'; value: string };
  internal: boolean;
  stripPrefix: string;
}

/** Where requests for a Function come in; undefined when it has no HTTP trigger. */
export function planRoute(options: { fn: OFunction; gateway: Gateway; traffic?: string | undefined }): Route | undefined {
  const { fn, gateway, traffic } = options;
  const { serving } = fn.spec;
  const isHttp = serving !== undefined && (serving.triggers?.http !== undefined || (serving.triggers?.dapr ?? []).length === 0);
  if (!isHttp) return undefined;
  const { name, namespace = '' } = fn.metadata;
  const values = { Name: name, Namespace: namespace, Domain: gateway.spec.domain };
  const hostnames = serving.triggers?.http?.route?.hostnames ?? [];
  const prefix = `/${filled(gateway.spec.pathTemplate, '{{.Namespace}}/{{.Name}}', values).replace(/^\/+|\/+$/g, '')}`;
  const external = hostnames.length > 0
    ? hostnames.map((host) => entry(host, prefix, prefix))
    : [entry(filled(gateway.spec.hostTemplate, '{{.Name}}.{{.Namespace}}.{{.Domain}}', values), '/', '')];
  const internal = { ...entry(`${name}.${namespace}.svc.${gateway.spec.clusterDomain ?? 'cluster.local'}`, '/', ''), internal: true };
  const state = fn.status?.serving?.message ?? fn.status?.build?.message ?? 'it is being prepared';
  return {
    id: `${namespace}/${name}`,
    entries: [...external, internal],
    serving: traffic === undefined ? '' : `${namespace}/${traffic}`,
    unavailable: traffic === undefined ? `Function "${name}" is not ready: ${state}.` : '',
    timeouts: { headerMs: 0, idleMs: 0, totalMs: 0 },
  };
}

/** A template that cannot be filled must not take the function off the network: the default stands in. */
function filled(template: string | undefined, fallback: string, values: HostNames): string {
  return (template === undefined ? undefined : renderTemplate(template, values)) ?? renderTemplate(fallback, values) ?? '';
}

function entry(host: string, path: string, stripPrefix: string): RouteEntry {
  return { host: host.toLowerCase(), path: { type: 'PATH_MATCH_TYPE_PREFIX', value: path }, internal: false, stripPrefix };
}
