import {
  externalDomain,
  gatewayDefaults,
  messagePaths,
  renderTemplate,
  servingDefaults,
  type Gateway,
  type HostNames,
  type OFunction,
  usesMessaging,
  type Capabilities,
  type ReferenceGrant,
} from '@openfunction/resources';
import { isPlain, ruleMatches, type HostlessRule } from './matches.ts';
import type { RouteEntry, RouteRule } from './messages.ts';
import { referencesBy } from './references.ts';

/** An entry of a Function, with what more its rule asks for. */
export interface PlannedEntry extends RouteEntry {
  rule?: Omit<RouteRule, 'entry'>;
}

/** Where requests for a Function are to come in. */
export interface RoutePlan {
  /** Where callers come in. */
  entries: PlannedEntry[];
  /** Where its messages come in besides; nobody else is told of these. */
  messages: RouteEntry[];
  /** Whether the external hosts were chosen by the Function, and not made for it. */
  chosen: boolean;
  /** The host inside the cluster; absent where nobody calls it and only messages come. */
  service?: string;
  /** What is asked for and cannot be done, for people. */
  unsupported: string[];
}

const everything = { path: prefixMatch('/'), stripPrefix: '' };

export interface RouteOptions {
  fn: OFunction;
  gateway?: Gateway | undefined;
  /** Of the platform, whose name for a function its messages come by. */
  clusterDomain: string;
  /** Those of the namespaces that the Function names. */
  grants?: readonly ReferenceGrant[];
  /** What the ground does beyond what every ground does; nothing by default. */
  capabilities?: Capabilities;
}

/** The hosts and paths of a Function; undefined when nothing reaches it. Without its Gateway it has none outside. */
export function planRoute(options: RouteOptions): RoutePlan | undefined {
  const { serving } = options.fn.spec;
  if (serving === undefined) return undefined;
  if (servingDefaults(serving).isHttp) return callersPlan(options);
  const messages = messageEntries(options, [everything]);
  if (messages.length === 0) return undefined;
  return { entries: [], messages, chosen: false, unsupported: [] };
}

function callersPlan({ fn, gateway, clusterDomain, grants = [], capabilities = new Set() }: RouteOptions): RoutePlan {
  const inner = gateway?.spec.clusterDomain ?? clusterDomain;
  const service = ownName(fn, inner);
  // A function that chose its paths sees them whole; a prefix that was generated for it, it does not know.
  const rules = ruleMatches(fn, referencesBy(grants));
  const ruled = rules?.rules.map(withoutHost);
  const internal = (ruled ?? [everything]).map((match) => ({ host: service, ...match, internal: true }));
  const { hosts, prefix, refused, chosen } = hostsOf(fn, gateway, inner);
  const outside = ruled ?? [chosen ? { path: prefixMatch(prefix), stripPrefix: prefix } : everything];
  const external = hosts.flatMap((host) => outside.map((match) => ({ host, ...match, internal: false })));
  const messages = messageEntries({ fn, clusterDomain, capabilities }, ruled === undefined ? [everything] : exactPaths(fn));
  // What callers are led by leads messages too, unless rules would send them elsewhere.
  const besides = ruled === undefined && messages[0]?.host === service ? [] : messages;
  return {
    entries: [...external, ...internal],
    messages: besides,
    chosen,
    service,
    unsupported: [...(rules?.unsupported ?? []), ...refused],
  };
}

/**
 * Messages take the way of requests, by the function's name inside the platform. It need not be a name of the cluster's DNS:
 * who brings them asks the gateway itself.
 */
function messageEntries(
  { fn, clusterDomain, capabilities = new Set() }: RouteOptions,
  paths: readonly Pick<RouteEntry, 'path' | 'stripPrefix'>[],
): RouteEntry[] {
  const { serving = {} } = fn.spec;
  if ((serving.triggers?.dapr ?? []).length === 0 || !usesMessaging(serving) || !capabilities.has('messaging')) return [];
  return paths.map((path) => ({ host: ownName(fn, clusterDomain), ...path, internal: true }));
}

/** They come before whatever else rules say of the same host. */
function exactPaths({ spec: { serving = {} } }: OFunction): Pick<RouteEntry, 'path' | 'stripPrefix'>[] {
  return messagePaths(serving).map((value) => ({ path: { type: 'PATH_MATCH_TYPE_EXACT', value }, stripPrefix: '' }));
}

function ownName({ metadata: { name, namespace = '' } }: OFunction, clusterDomain: string): string {
  return `${name}.${namespace}.svc.${clusterDomain}`.toLowerCase();
}

function withoutHost({ path, ...rule }: HostlessRule): Pick<PlannedEntry, 'path' | 'stripPrefix' | 'rule'> {
  return { path, stripPrefix: '', ...(isPlain({ path, ...rule }) ? {} : { rule }) };
}

interface Hosts {
  hosts: string[];
  prefix: string;
  refused: string[];
  chosen: boolean;
}

function hostsOf(fn: OFunction, gateway: Gateway | undefined, clusterDomain: string): Hosts {
  const hostnames = fn.spec.serving?.triggers?.http?.route?.hostnames ?? [];
  const chosen = hostnames.length > 0;
  if (gateway === undefined) return { hosts: [], prefix: '/', refused: [], chosen };
  const address = gateway.status?.addresses?.find(({ type }) => type === 'IPAddress')?.value;
  const Domain = externalDomain(gateway.spec.domain, address);
  const values = { Name: fn.metadata.name, Namespace: fn.metadata.namespace ?? '', Domain: Domain ?? '' };
  const fallback = gatewayDefaults({ domain: gateway.spec.domain });
  const { hostTemplate, pathTemplate } = gatewayDefaults(gateway.spec);
  const prefix = `/${filled(pathTemplate, fallback.pathTemplate, values).replace(/^\/+|\/+$/g, '')}`;
  if (!chosen && Domain === undefined)
    return {
      hosts: [],
      prefix,
      refused: [`the domain ${gateway.spec.domain} needs the address of the gateway, which has none yet`],
      chosen,
    };
  if (!chosen) return { hosts: [filled(hostTemplate, fallback.hostTemplate, values).toLowerCase()], prefix, refused: [], chosen };
  const mayHave = hostRule(clusterDomain, Domain);
  const refused = hostnames.flatMap((host, index) => (mayHave(host) ? [] : [`route.hostnames[${index}] ${hostRefusal}`]));
  return { hosts: hostnames.filter(mayHave).map((host) => host.toLowerCase()), prefix, refused, chosen };
}

const hostRefusal = 'is a name inside the cluster, or a wildcard that takes in names of other functions';

/** Names inside the cluster belong to the functions that are called so, and no wildcard may take in names that are made for others. */
function hostRule(clusterDomain: string, domain: string | undefined): (host: string) => boolean {
  const made = [`svc.${clusterDomain}`, ...(domain === undefined ? [] : [domain])];
  return (host) => {
    if (!host.startsWith('*.')) return !host.endsWith(`.svc.${clusterDomain}`);
    const covered = host.slice(1);
    return !made.some((name) => `.${name}`.endsWith(covered) || covered.endsWith(`.${name}`));
  };
}

/** A template that cannot be filled must not take the function off the network: the default stands in. */
function filled(template: string, fallback: string, values: HostNames): string {
  return renderTemplate(template, values) ?? renderTemplate(fallback, values) ?? '';
}

function prefixMatch(value: string): RouteEntry['path'] {
  return { type: 'PATH_MATCH_TYPE_PREFIX', value };
}
