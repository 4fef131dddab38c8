import type { Gateway } from '@openfunction/resources';

/** The Gateway that every Function uses which names none. */
export function defaultGateway(options: { domain: string; port: number }): Gateway {
  return {
    apiVersion: 'networking.openfunction.io/v1alpha1',
    kind: 'Gateway',
    metadata: { namespace: 'openfunction', name: 'openfunction' },
    spec: { domain: options.domain, gatewaySpec: { listeners: [{ name: 'http', port: options.port, protocol: 'HTTP' }] } },
  };
}
