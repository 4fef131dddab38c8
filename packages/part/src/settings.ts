import { z } from 'zod';

/** A list in one variable, separated by commas. */
export const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  );

export const port = z.coerce.number().int().min(0).max(65_535);

/** What every part is told by the chart. */
export const partSettings = z.object({
  OFN_NAMESPACE: z.string().min(1),
  OFN_POD_NAME: z.string().min(1),
  OFN_POD_IP: z.string().min(1),
  OFN_TLS_DIR: z.string().min(1),
  /** The name in this part's certificate. */
  OFN_SERVER_NAME: z.string().min(1),
});

/** Of the parts that talk to the API server. */
export const clusterSettings = z.object({
  KUBERNETES_SERVICE_HOST: z.string().min(1),
  KUBERNETES_SERVICE_PORT: port.default(443),
  OFN_FUNCTION_NAMESPACES: list,
});

/** Of the parts that talk to registries. */
export const registrySettings = z.object({
  OFN_REGISTRY_PLAIN_HTTP: list,
  /** Addresses and CIDRs that sources and images may come from although they are loopback or link-local. */
  OFN_ALLOWED_ADDRESSES: list,
  /** PEM of certificates that are trusted beside the usual ones. */
  OFN_REGISTRY_CERTIFICATES: z
    .string()
    .optional()
    .transform((text) => (text === '' ? undefined : text)),
});
