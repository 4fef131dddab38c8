import { clusterSettings, partSettings, port, registrySettings } from '@openfunction/part';
import { z } from 'zod';

const amount = z.string().min(1);
export const schema = partSettings
  .extend(clusterSettings.shape)
  .extend(registrySettings.shape)
  .extend({
    OFN_POOL_PORT: port,
    /** On loopback, for whom the API server lets forward a port of this pod. */
    OFN_FORWARDED_PORT: port,
    /** Name of the chart's ConfigMap in each namespace of functions: pools go with it. */
    OFN_POOL_OWNER: z.string().min(1),
    OFN_POOL_SIZE: z.coerce.number().int().min(0).max(1000),
    /** What an instance of the pool may use, and what it reserves. */
    OFN_POOL_CPU: amount,
    OFN_POOL_MEMORY: amount,
    OFN_POOL_STORAGE: amount,
    OFN_POOL_REQUEST_CPU: amount,
    OFN_POOL_REQUEST_MEMORY: amount,
    OFN_POOL_REQUEST_STORAGE: amount,
    /** Artifacts kept in memory. */
    OFN_ARTIFACT_CACHE_BYTES: z.coerce.number().int().min(0).optional(),
    /** Artifacts kept on disk. */
    OFN_ARTIFACTS_DIR: z.string().min(1),
    OFN_ARTIFACTS_BYTES: z.coerce.number().int().min(0),
    /** PEM of the Ed25519 key that signs tickets. */
    OFN_TICKET_KEY: z.string().min(1),
    OFN_RUNNER_IMAGE: z.string().min(1),
    OFN_BUILD_IMAGE: z.string().min(1),
    /** Of event-bus as instances reach it, and the key of their tokens; none where functions get no messages. */
    OFN_DAPR_HTTP: z.string().min(1).optional(),
    OFN_DAPR_GRPC: z.string().min(1).optional(),
    OFN_MESSAGING_KEY: z.string().min(1).optional(),
  });

export type Settings = z.infer<typeof schema>;
