import { connect } from 'node:net';

/** Milliseconds from the connection's begin to the first byte of a 200. */
export function firstByte(to: { host: string; port: number }, hostName: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const socket = connect(to, () => socket.write(`GET / HTTP/1.1\r\nHost: ${hostName}\r\nConnection: close\r\n\r\n`));
    socket.setNoDelay(true);
    socket.setTimeout(30_000, () => socket.destroy(new Error(`${hostName} did not answer.`)));
    socket.once('data', (head: Buffer) => {
      const elapsed = performance.now() - began;
      const line = head.toString('latin1', 0, head.indexOf('\r\n'));
      socket.destroy();
      if (line.startsWith('HTTP/1.1 200')) resolve(elapsed);
      else reject(new Error(`${hostName} was answered with "${head.toString('latin1', 0, 600)}".`));
    });
    socket.once('error', reject);
  });
}
