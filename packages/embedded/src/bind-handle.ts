import net from 'node:net';

/** A bound address that nobody listens on yet. A Unix socket's file goes when it is closed. */
export interface BoundHandle {
  fd: number;
  getsockname?(into: { port?: number }): number;
  close(): void;
}

type Bind = (address: string, port: number, family: number) => BoundHandle | number;

/**
 * Node's way to bind without accepting, which it does not document. Undefined where this Node or system has none: what is missing
 * then is only the queue that outlives a gateway.
 */
export const bindHandle: Bind | undefined =
  process.platform === 'win32' ? undefined : (net as unknown as { _createServerHandle?: Bind })._createServerHandle;
