import { apiVersionOf, keyOf, keyText, type Gateway, type Key } from '@openfunction/resources';
import { kubernetesGatewayKind, type KubernetesGateway } from './kubernetes-objects.ts';

/** Says of a Kubernetes Gateway whose it is, since an owner of another namespace cannot be named. */
export const ownerLabel = 'networking.openfunction.io/gateway';

/** The Kubernetes Gateway by which callers are to come in; undefined when they come to the platform's own. */
export function entryOf({ spec }: Gateway): Key | undefined {
  const { name, namespace } = spec.gatewayRef ?? spec.gatewayDef ?? {};
  return name === undefined || namespace === undefined ? undefined : { name, namespace };
}

/** As it stands in a label, which knows no slash. */
export function ownerText(key: Key): string {
  return keyText(key).replace('/', '.');
}

/** What `gatewayDef` asks for; undefined without it. */
export function planKubernetesGateway(gateway: Gateway): KubernetesGateway | undefined {
  const { gatewayDef, gatewaySpec } = gateway.spec;
  if (gatewayDef === undefined) return undefined;
  const { name, namespace, gatewayClassName } = gatewayDef;
  const listeners = gatewaySpec?.listeners ?? [{ name: 'http', port: 80, protocol: 'HTTP' }];
  const { metadata } = gateway;
  const owner = { apiVersion: gateway.apiVersion, kind: gateway.kind, name: metadata.name, uid: metadata.uid ?? '' };
  return {
    apiVersion: apiVersionOf(kubernetesGatewayKind),
    kind: 'Gateway',
    metadata: {
      name,
      namespace,
      labels: { [ownerLabel]: ownerText(keyOf(gateway)) },
      ...(namespace === metadata.namespace ? { ownerReferences: [owner] } : {}),
    },
    spec: {
      gatewayClassName,
      listeners: listeners.map((listener) => ({
        name: listener.name,
        port: listener.port,
        protocol: listener.protocol,
        ...(listener.hostname === undefined ? {} : { hostname: listener.hostname }),
        allowedRoutes: { namespaces: { from: 'All' } },
      })),
    },
  };
}
