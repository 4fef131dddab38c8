import { serviceKind, type Key, type Service } from '@openfunction/resources';
import type { Store } from '@openfunction/store';

type Placed = Service & {
  spec: { externalIPs?: string[] };
  status?: { loadBalancer?: { ingress?: { ip?: string }[] } };
};

/** The IP address by which a Service is reached, from as far away as it can be; undefined when it has none. */
export async function serviceAddress(store: Pick<Store, 'get'>, key: Key): Promise<string | undefined> {
  const service = (await store.get(serviceKind, key)) as Placed | undefined;
  const balanced = service?.status?.loadBalancer?.ingress?.find(({ ip }) => ip !== undefined)?.ip;
  const inside = service?.spec.clusterIP === 'None' ? undefined : service?.spec.clusterIP;
  return balanced ?? service?.spec.externalIPs?.[0] ?? (inside || undefined);
}
