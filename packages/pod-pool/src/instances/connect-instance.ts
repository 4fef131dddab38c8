import { connect, type Socket } from 'node:net';
import type { Endpoint } from '@openfunction/workload';
import { withInstanceSocket } from '@openfunction/workload/instance-socket';

/** A new connection to an instance's endpoint. */
export function connectInstance(endpoint: Endpoint): Socket {
  return endpoint.kind === 'unix'
    ? withInstanceSocket(endpoint.path, (socketPath) => connect({ path: socketPath }))
    : connect({ host: endpoint.host, port: endpoint.port, noDelay: true });
}
