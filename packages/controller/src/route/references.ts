import type { Key, ReferenceGrant } from '@openfunction/resources';

/** Whether a Function may name one of another namespace. */
export type MayRefer = (from: Key, to: Key) => boolean;

const froms = new Set(['core.openfunction.io Function', 'gateway.networking.k8s.io HTTPRoute']);
const tos = new Set(['core.openfunction.io Function', ' Service']);

/** What the ReferenceGrants allow, each for what lies in its own namespace. */
export function referencesBy(grants: readonly ReferenceGrant[]): MayRefer {
  return (from, to) =>
    from.namespace === to.namespace ||
    grants.some(
      ({ metadata, spec }) =>
        metadata.namespace === to.namespace &&
        spec.from.some(({ group, kind, namespace }) => namespace === from.namespace && froms.has(`${group} ${kind}`)) &&
        spec.to.some(({ group, kind, name }) => tos.has(`${group} ${kind}`) && (name === undefined || name === '' || name === to.name)),
    );
}
