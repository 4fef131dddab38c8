import type { Gateway } from '@openfunction/resources';

/** The Gateway that every Function uses which names none. */
export function defaultGateway(options: { domain: string; port: number }): Gateway {
  // Port 0 is one that nobody knows yet, and so none that an address can name.
  const listening = options.port === 0 ? {} : { gatewaySpec: { listeners: [{ name: 'http', port: options.port, protocol: 'HTTP' }] } };
  return {
    apiVersion: 'networking.openfunction.io/v1alpha1',
    kind: 'Gateway',
    metadata: { namespace: 'openfunction', name: 'openfunction' },
    spec: { domain: options.domain, ...listening },
  };
}
