/** In what the answers of packages/api-server are others than an API server's, and why they stay so. */
export const differences = {
  message:
    'Status code, reason and the fields named are the same. The words are ours: they say what to do, or the originals are those of a Go library.',
  page: 'A path that nothing is served at is answered with a Status of 404, not with plain text.',
  code: 'The request is at fault, and ours says so with a 4xx of the nearest meaning, where Kubernetes answers with 500 or with another 4xx.',
  lenient: 'An object without apiVersion and kind is taken for what its path names, so that a few lines of curl suffice.',
  table: 'The columns are described in our words.',
  items: 'Items of a list of core kinds say their apiVersion and kind, as those of custom kinds do everywhere.',
  ghost: 'An apply that names a version of an object which is gone is refused, instead of making the object anew.',
  emptied: 'What is applied as an empty map and loses its last field stays an empty map; Kubernetes leaves null there.',
  scaleMissing: 'An object that does not say how many replicas it wants has 0 of them in its scale; Kubernetes answers 500.',
  statusOwner:
    'A write of status leaves the owners of everything else; Kubernetes takes labels that its body leaves out from their owner, without removing them.',
  scaleOwner:
    'Who scales an object owns the number, so that an apply cannot take it back unseen; Kubernetes keeps no owner for a custom kind that is scaled.',
} as const;

export type DifferenceId = keyof typeof differences;
