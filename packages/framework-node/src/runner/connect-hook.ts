import { Socket } from 'node:net';

type Connect = (this: Socket, ...args: unknown[]) => Socket;

/** Sends connections to port 80 of `*.<domain>` to a Unix socket; returns what takes the hook off. */
export function hookConnect(options: { domain: string; socket: string }): () => void {
  const suffix = `.${options.domain}`;
  const prototype = Socket.prototype as unknown as { connect: Connect };
  const plain = prototype.connect;
  prototype.connect = function connect(...args) {
    // node:http and fetch hand over one array of normalised arguments, others the options themselves.
    const first = Array.isArray(args[0]) ? (args[0] as unknown[])[0] : args[0];
    if (typeof first === 'object' && first !== null) {
      const { host, port } = first as { host?: unknown; port?: unknown };
      if (typeof host === 'string' && host.endsWith(suffix) && Number(port) === 80) {
        const callback = (Array.isArray(args[0]) ? (args[0] as unknown[]) : args)[1];
        return plain.call(this, { path: options.socket }, ...(typeof callback === 'function' ? [callback] : []));
      }
    }
    return plain.apply(this, args);
  };
  return () => {
    prototype.connect = plain;
  };
}
