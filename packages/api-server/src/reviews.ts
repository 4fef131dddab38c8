import { ApiError } from './api-error.ts';
import type { JsonObject } from './json.ts';

interface Review {
  group: string;
  kind: string;
  plural: string;
  status: JsonObject;
}

const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };

/** Whoever has the token may do everything; so the questions need not be understood, in whatever form they come. */
const reviews: readonly Review[] = [
  { group: 'authorization.k8s.io', kind: 'SelfSubjectAccessReview', plural: 'selfsubjectaccessreviews', status: { allowed: true } },
  {
    group: 'authorization.k8s.io',
    kind: 'SelfSubjectRulesReview',
    plural: 'selfsubjectrulesreviews',
    status: { resourceRules: [everything], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }], incomplete: false },
  },
  {
    group: 'authentication.k8s.io',
    kind: 'SelfSubjectReview',
    plural: 'selfsubjectreviews',
    status: { userInfo: { username: 'openfunction', groups: ['system:authenticated'] } },
  },
];

export const reviewGroups: readonly string[] = [...new Set(reviews.map(({ group }) => group))];

export function reviewResources(group: string): JsonObject[] {
  return reviews
    .filter((review) => review.group === group)
    .map(({ kind, plural }) => ({ name: plural, singularName: kind.toLowerCase(), namespaced: false, kind, verbs: ['create'] }));
}

/** The answer to a question about oneself; undefined when the path is that of none. */
export function reviewAt(method: string, path: string): JsonObject | undefined {
  const review = reviews.find(({ group, plural }) => path === `/apis/${group}/v1/${plural}`);
  if (review === undefined) return undefined;
  if (method !== 'POST') throw new ApiError('MethodNotAllowed', `${review.plural} can only be created.`);
  return { kind: review.kind, apiVersion: `${review.group}/v1`, metadata: {}, spec: {}, status: review.status };
}
