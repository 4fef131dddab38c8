import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';

export interface ForwardOptions {
  /** A kubeconfig file; without one as kubectl finds it. */
  kubeconfig?: string;
  context?: string;
  namespace: string;
  /** Label selector; the first ready pod of it is taken. */
  labels: string;
  /** Of the pod; also one that listens on its loopback alone. */
  port: number;
  signal: AbortSignal;
}

export interface ForwardedPort {
  /** On this machine's loopback. */
  port: number;
  close(): Promise<void>;
}

/** Makes a port of a pod reachable on this machine. The API server decides who may: it asks for `create` on `pods/portforward`. */
export async function forwardPort(options: ForwardOptions): Promise<ForwardedPort> {
  const { namespace, labels, port } = options;
  const { KubeConfig, CoreV1Api, PortForward } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (options.kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(options.kubeconfig);
  if (options.context !== undefined) config.setCurrentContext(options.context);
  const { items } = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector: labels });
  const pod = items.find(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'));
  const name = pod?.metadata?.name;
  if (name === undefined) {
    throw new Error(
      `No ready pod with the labels ${labels} is in the namespace "${namespace}". Is OpenFunction installed there? "kubectl get pods -n ${namespace}" says more.`,
    );
  }
  const forward = new PortForward(config);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const errors = new PassThrough().on('data', () => socket.destroy());
    forward.portForward(namespace, name, [port], socket, errors, socket).then(
      (tunnel) => {
        const end = (): void => ('close' in tunnel ? tunnel : tunnel())?.close();
        // An open tunnel would keep the process from its end.
        if (socket.destroyed) end();
        else socket.on('close', end);
      },
      () => socket.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening', { signal: options.signal });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
