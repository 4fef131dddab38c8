import type { KubeObject, ResourceKind } from '@openfunction/resources';

/** The part of the Gateway API's objects that is written or read here. */
export interface KubernetesGateway extends KubeObject {
  spec: {
    gatewayClassName: string;
    listeners: {
      name: string;
      port: number;
      protocol: string;
      hostname?: string;
      allowedRoutes?: { namespaces: { from: string } };
    }[];
  };
  status?: {
    addresses?: { type?: string; value: string }[];
    conditions?: { type: string; status: string; message?: string }[];
  };
}

export interface HttpRoute extends KubeObject {
  spec: {
    parentRefs: { group: string; kind: string; name: string; namespace: string }[];
    hostnames: string[];
    rules: {
      matches: { path: { type: 'Exact' | 'PathPrefix'; value: string } }[];
      backendRefs: { group: string; kind: string; name: string; namespace: string; port: number; weight: number }[];
    }[];
  };
}

const gatewayApi = { group: 'gateway.networking.k8s.io', version: 'v1', namespaced: true, hasStatus: true } as const;

export const kubernetesGatewayKind: ResourceKind<KubernetesGateway> = { ...gatewayApi, kind: 'Gateway', plural: 'gateways' };
export const httpRouteKind: ResourceKind<HttpRoute> = { ...gatewayApi, kind: 'HTTPRoute', plural: 'httproutes' };
export const gatewayClassKind: ResourceKind = { ...gatewayApi, namespaced: false, kind: 'GatewayClass', plural: 'gatewayclasses' };
