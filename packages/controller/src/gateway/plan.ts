import { renderTemplate, type Gateway, type HostNames, type OFunction } from '@openfunction/resources';
import { ruleMatches } from './matches.ts';

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

const everything = { path: prefixMatch('/'), stripPrefix: '' };

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
  const hosts = hostnames.length > 0 ? hostnames : [filled(gateway.spec.hostTemplate, '{{.Name}}.{{.Namespace}}.{{.Domain}}', values)];
  const inside = `${name}.${namespace}.svc.${gateway.spec.clusterDomain ?? 'cluster.local'}`;
  // A function that chose its paths sees them whole; a prefix that was generated for it, it does not know.
  const ruled = ruleMatches(fn)?.paths.map((path) => ({ path, stripPrefix: '' }));
  const outside = ruled ?? [hostnames.length > 0 ? { path: prefixMatch(prefix), stripPrefix: prefix } : everything];
  const external = hosts.flatMap((host) => outside.map((match) => ({ host: host.toLowerCase(), ...match, internal: false })));
  const internal = (ruled ?? [everything]).map((match) => ({ host: inside.toLowerCase(), ...match, internal: true }));
  const state = fn.status?.serving?.message ?? fn.status?.build?.message ?? 'it is being prepared';
  return {
    id: `${namespace}/${name}`,
    entries: [...external, ...internal],
    serving: traffic === undefined ? '' : `${namespace}/${traffic}`,
    unavailable: traffic === undefined ? `Function "${name}" is not ready: ${state}.` : '',
    timeouts: { headerMs: 0, idleMs: 0, totalMs: 0 },
  };
}

/** A template that cannot be filled must not take the function off the network: the default stands in. */
function filled(template: string | undefined, fallback: string, values: HostNames): string {
  return (template === undefined ? undefined : renderTemplate(template, values)) ?? renderTemplate(fallback, values) ?? '';
}

function prefixMatch(value: string): RouteEntry['path'] {
  return { type: 'PATH_MATCH_TYPE_PREFIX', value };
}
