import { canonicalJson } from '@openfunction/artifact';
import { gatewayKind, keyOf, type Gateway } from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';

type Wish = Partial<Pick<Gateway['spec'], 'domain' | 'clusterDomain' | 'gatewaySpec'>>;

/** What the platform was started with when it last wrote the Gateway. */
const wishAnnotation = 'networking.openfunction.io/platform-wish';

/**
 * Makes the default Gateway when there is none. Later it follows what the platform is started with where that changed since, and
 * keeps what people changed otherwise.
 */
export async function ensureGateway(store: Store, wanted: Gateway): Promise<void> {
  const { domain, clusterDomain, gatewaySpec } = wanted.spec;
  const wish: Wish = {
    domain,
    ...(clusterDomain === undefined ? {} : { clusterDomain }),
    ...(gatewaySpec === undefined ? {} : { gatewaySpec }),
  };
  const annotations = { [wishAnnotation]: canonicalJson(wish) };
  const present = await store.get(gatewayKind, keyOf(wanted));
  if (present === undefined) {
    const made = { ...wanted, metadata: { ...wanted.metadata, annotations: { ...wanted.metadata.annotations, ...annotations } } };
    await store.create(gatewayKind, made).catch((error: unknown) => {
      if (!(error instanceof StoreError && error.code === 'AlreadyExists')) throw error;
    });
    return;
  }
  if (present.metadata.annotations?.[wishAnnotation] === annotations[wishAnnotation]) return;
  const before = wishOf(present.metadata.annotations?.[wishAnnotation]) ?? {
    domain,
    ...(clusterDomain === undefined ? {} : { clusterDomain }),
  };
  const changed = Object.fromEntries(
    Object.entries(wish).filter(([name, value]) => canonicalJson(before[name as keyof Wish] ?? null) !== canonicalJson(value)),
  );
  const metadata = { ...present.metadata, annotations: { ...present.metadata.annotations, ...annotations } };
  await store.update(gatewayKind, { ...present, metadata, spec: { ...present.spec, ...changed } });
}

/** Anybody may write an annotation. */
function wishOf(text: string | undefined): Wish | undefined {
  try {
    const wish: unknown = JSON.parse(text ?? '');
    return typeof wish === 'object' && wish !== null ? wish : undefined;
  } catch {
    return undefined;
  }
}
