export { artifactCache, type ArtifactCache, type FetchedArtifact } from './artifact-cache.ts';
export { planClaims, type ClaimInput } from './claim/plan.ts';
export { drainInstance, framed, instanceHealth, loadInstance, type LoadParts } from './load.ts';
export { planPool, type PoolInput } from './pool/plan.ts';
export { decideScale, surplus, type ScaleDecision, type ScaleInput } from './scaling/decide.ts';
export { startPodPool, type PodPool, type PodPoolOptions } from './scheduler.ts';
export { slotLeases, type Lease, type SlotLeases } from './slots/lease.ts';
export { sha256, signDrain, signTicket, type Signed } from './ticket.ts';
export { sealSettings } from './seal.ts';
