import { clusterSettings, partSettings, port, registrySettings } from '@openfunction/part';
import { z } from 'zod';

export const schema = partSettings
  .extend(clusterSettings.shape)
  .extend(registrySettings.shape)
  .extend({
    OFN_BUILDER_PORT: port,
    /** On loopback, for whom the API server lets forward a port of this pod. */
    OFN_FORWARDED_PORT: port,
    OFN_EXCHANGE_PORT: port,
    /** Of the exchange itself, which only the holder of the Lease has: each replica passes connections on to it. */
    OFN_HELD_EXCHANGE_PORT: port,
    /** By which build instances reach the exchange. */
    OFN_EXCHANGE_URL: z.url({ protocol: /^https$/ }),
    OFN_EXCHANGE_KEY: z.string().min(1),
    OFN_BUILDS_DIR: z.string().min(1),
    OFN_BUILDS_AT_ONCE: z.coerce.number().int().min(1).default(4),
    OFN_BUILDS_PER_NAMESPACE: z.coerce.number().int().min(1).default(2),
    OFN_RUNNER_IMAGE: z.string().min(1),
    OFN_BUILD_IMAGE: z.string().min(1),
    OFN_BUILD_CPU: z.string().min(1),
    OFN_BUILD_MEMORY: z.string().min(1),
    OFN_BUILD_STORAGE: z.string().min(1),
    /** The text of a known_hosts file. */
    OFN_GIT_KNOWN_HOSTS: z.string().optional(),
    OFN_NPM_REGISTRY: z.string().optional(),
  });

export type Settings = z.infer<typeof schema>;
