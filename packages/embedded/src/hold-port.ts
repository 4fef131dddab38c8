import { bindHandle } from './bind-handle.ts';
import { EmbeddedError } from './embedded-error.ts';

/** A port that is taken for gateways: whoever gets the descriptor may listen and accept, and all of them have one queue. */
export interface HeldPort {
  fd: number;
  port: number;
  close(): void;
}

/**
 * Binds a port and does not listen. While it is held the kernel keeps new connections in line although no gateway runs, so that
 * a gateway's restart refuses nobody. Undefined where this Node or system cannot: then a gateway binds the port itself.
 */
export function holdPort(host: string, port: number): HeldPort | undefined {
  if (bindHandle === undefined) return undefined;
  const handle = bindHandle(host, port, 4);
  const bound: { port?: number } = {};
  const failed = typeof handle === 'number' ? handle : (handle.getsockname?.(bound) ?? 0);
  if (typeof handle === 'number' || failed !== 0) throw portTaken(port, failed);
  return { fd: handle.fd, port: bound.port ?? port, close: () => handle.close() };
}

function portTaken(port: number, failed: number): EmbeddedError {
  const isForbidden = failed === -13;
  return new EmbeddedError(
    'PortTaken',
    isForbidden
      ? `This user may not listen on port ${port}. Give one above 1023 with --port.`
      : `Another program listens on port ${port}. Give another one with --port, or end that program.`,
  );
}
