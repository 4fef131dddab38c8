import { Socket } from 'node:net';

type Connect = (this: Socket, ...args: unknown[]) => Socket;

/** Sends connections to port 80 of `*.<domain>` to a Unix socket, before any name is asked for; returns what takes the hook off. */
export function hookConnect(options: { domain: string; socket: string }): () => void {
  const suffix = `.${options.domain.toLowerCase()}`;
  const prototype = Socket.prototype as unknown as { connect: Connect };
  const plain = prototype.connect;
  prototype.connect = function connect(...args) {
    // node:http, fetch and net.connect hand over one array of normalised arguments, others what connect documents.
    const given = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
    const { host, port } = targetOf(given);
    if (port !== 80 || !host.endsWith(suffix)) return plain.apply(this, args);
    const callback = given.findLast((one) => typeof one === 'function');
    return plain.call(this, { path: options.socket }, ...(callback === undefined ? [] : [callback]));
  };
  return () => {
    prototype.connect = plain;
  };
}

function targetOf([first, second]: unknown[]): { host: string; port: number } {
  const named = typeof first === 'object' && first !== null ? (first as { host?: unknown; port?: unknown; path?: unknown }) : undefined;
  if (typeof named?.path === 'string') return { host: '', port: 0 };
  const host = named ? named.host : second;
  return {
    // A name may end with the dot of the root.
    host: typeof host === 'string' ? host.toLowerCase().replace(/\.$/, '') : '',
    port: Number(named ? named.port : first),
  };
}
