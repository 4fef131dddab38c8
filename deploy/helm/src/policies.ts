/** What NetworkPolicies mean, as far as the chart uses them: who may connect to whom. */
export interface Pod {
  namespace: string;
  labels: Readonly<Record<string, string>>;
}

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { protocol?: string; port?: number | string; endPort?: number }[];
}

export interface NetworkPolicy {
  kind: 'NetworkPolicy';
  metadata: { name: string; namespace: string };
  spec: { podSelector: Selector; policyTypes: string[]; ingress?: Rule[]; egress?: Rule[] };
}

export interface Attempt {
  from: Pod;
  to: Pod;
  port: number;
}

/** Both ends have to let it through: where any policy selects a pod, only what some policy of it allows. */
export function isAllowed(policies: readonly NetworkPolicy[], { from, to, port }: Attempt): boolean {
  const passes = (own: Pod, other: Pod, type: 'Ingress' | 'Egress'): boolean => {
    const mine = policies.filter(
      ({ metadata, spec }) =>
        metadata.namespace === own.namespace && spec.policyTypes.includes(type) && selects(spec.podSelector, own.labels),
    );
    if (mine.length === 0) return true;
    const rules = mine.flatMap(({ metadata, spec }) =>
      ((type === 'Ingress' ? spec.ingress : spec.egress) ?? []).map((rule) => ({ rule, namespace: metadata.namespace })),
    );
    return rules.some(({ rule, namespace }) => covers(rule, type === 'Ingress' ? rule.from : rule.to, { other, port, namespace }));
  };
  return passes(to, from, 'Ingress') && passes(from, to, 'Egress');
}

function covers(rule: Rule, peers: Peer[] | undefined, of: { other: Pod; port: number; namespace: string }): boolean {
  const isPort = rule.ports === undefined || rule.ports.some((each) => isOfPort(each, of.port));
  // An empty list of peers means everybody, as a missing one does.
  return isPort && (peers === undefined || peers.length === 0 || peers.some((peer) => isPeer(peer, of)));
}

function isOfPort({ protocol = 'TCP', port, endPort }: NonNullable<Rule['ports']>[number], wanted: number): boolean {
  if (typeof port === 'string' || endPort !== undefined) throw new Error('Ports by name and ranges are not evaluated here.');
  return protocol === 'TCP' && (port === undefined || port === wanted);
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, { other, namespace }: { other: Pod; namespace: string }): boolean {
  // Which addresses pods have is not known here: a block may hold any of them.
  if (ipBlock !== undefined) return true;
  const isNamespace =
    namespaceSelector === undefined
      ? other.namespace === namespace
      : selects(namespaceSelector, { 'kubernetes.io/metadata.name': other.namespace });
  return isNamespace && (podSelector === undefined || selects(podSelector, other.labels));
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Readonly<Record<string, string>>): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'In') return value !== undefined && values.includes(value);
      if (operator === 'NotIn') return value === undefined || !values.includes(value);
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      throw new Error(`There is no operator ${operator}.`);
    })
  );
}
