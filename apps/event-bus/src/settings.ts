import { clusterSettings, partSettings, port } from '@openfunction/part';
import { z } from 'zod';

export const settings = partSettings.extend(clusterSettings.shape).extend({
  /** bus.v1, for the controller and the other replicas. */
  OFN_BUS_PORT: port,
  /** Dapr's APIs, for functions. */
  OFN_DAPR_HTTP_PORT: port,
  OFN_DAPR_GRPC_PORT: port,
  /** Where functions are called by their names inside the cluster. */
  OFN_GATEWAY_ADDRESS: z.templateLiteral([z.string(), ':', z.string().regex(/^\d{1,5}$/)]).transform(addressOf),
  OFN_POOL_ADDRESS: z.string().min(1),
  /** Of all replicas of pod-pool, and the name in their certificates. */
  OFN_POOL_REPLICAS: z.string().min(1),
  OFN_POOL_SERVER_NAME: z.string().min(1),
  OFN_CLUSTER_DOMAIN: z.string().min(1),
  /** File with the key of the tokens that functions and this part show each other; pod-pool has the same. */
  OFN_MESSAGING_KEY: z.string().min(1),
  /** Replicas of this part. */
  OFN_REPLICA_COUNT: z.coerce.number().int().min(1),
});

export type Settings = z.infer<typeof settings>;

function addressOf(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at), port: Number(text.slice(at + 1)) };
}
