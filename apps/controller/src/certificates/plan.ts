/** A certificate as far as its renewal depends on it. */
export interface Term {
  notBefore: number;
  notAfter: number;
}

/** An authority by the name of its certificate: anything that is equal only for the same one. */
export interface Authority extends Term {
  id: string;
}

export interface Authorities {
  /** Signs what is issued; absent where its key was never kept. */
  signing?: Authority;
  /** Is believed already, and signs next. */
  next?: Authority;
  /** Is believed still. */
  old?: Authority;
  /** When one of them changed last. */
  since: number;
  /** Somebody else says who believes them, and so which there are: none is brought in here, and none taken away. */
  areGiven?: boolean;
}

export interface Leaf extends Term {
  name: string;
  /** Of the authority that issued it. */
  issuer: string;
  /** Whom its Secret believes, in order. */
  believes: readonly string[];
}

export interface CertificatePlan {
  /** What becomes of the authorities; `new` stands for one that is to be made. */
  signing?: string;
  next?: string;
  old?: string;
  /** They differ from what they were. */
  changes: boolean;
  /** Those whose certificate is made anew. */
  issue: string[];
  /** Those whose Secret believes others than it should. */
  rewrite: string[];
}

/** So long after a change every process has seen it: the kubelet brings a Secret within two minutes. */
export const settleMs: number = 10 * 60_000;

/** When two thirds of its time are over. */
export function isDue({ notBefore, notAfter }: Term, now: number): boolean {
  return now >= notBefore + ((notAfter - notBefore) * 2) / 3;
}

/**
 * A new authority is first believed by all, then signs, and the one before is believed until nobody shows a certificate of it any
 * more: so at any time any two processes believe each other, also when one of them is a step behind.
 */
export function planCertificates(present: Authorities, leaves: readonly Leaf[], now: number): CertificatePlan {
  const roles = nextRoles(present, leaves, now);
  const changes = roles.signing !== present.signing?.id || roles.next !== present.next?.id || roles.old !== present.old?.id;
  const believed = [roles.signing, roles.next, roles.old].filter((id) => id !== undefined);
  const { signing } = roles;
  const issue = signing === undefined ? [] : leaves.filter((leaf) => leaf.issuer !== signing || isDue(leaf, now));
  const rewrite = leaves.filter(({ believes }) => believes.join() !== believed.join());
  return { ...roles, changes, issue: issue.map(({ name }) => name), rewrite: rewrite.map(({ name }) => name) };
}

function nextRoles(
  { signing, next, old, since, areGiven = false }: Authorities,
  leaves: readonly Leaf[],
  now: number,
): Pick<CertificatePlan, 'signing' | 'next' | 'old'> {
  if (areGiven) return roles(signing?.id, next?.id, old?.id);
  const isSettled = now - since >= settleMs;
  if (next !== undefined && isSettled) return roles(next.id, undefined, signing?.id ?? old?.id);
  if (next !== undefined) return roles(signing?.id, next.id, old?.id);
  if (signing === undefined || isDue(signing, now)) return roles(signing?.id, 'new', old?.id);
  const isUnused = leaves.every(({ issuer }) => issuer === signing.id);
  return roles(signing.id, undefined, isSettled && isUnused ? undefined : old?.id);
}

function roles(signing?: string, next?: string, old?: string): Pick<CertificatePlan, 'signing' | 'next' | 'old'> {
  return { ...(signing === undefined ? {} : { signing }), ...(next === undefined ? {} : { next }), ...(old === undefined ? {} : { old }) };
}
