import { connect, type NetConnectOpts } from 'node:net';

export interface FirstByte {
  ms: number;
  answer: string;
}

/** Milliseconds from the connect to the first byte of the answer, which is read to its end. */
export function firstByte(to: NetConnectOpts, ask: string | Uint8Array): Promise<FirstByte> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let ms = 0;
    let answer = '';
    const socket = connect(to, () => socket.write(ask));
    socket.setNoDelay(true);
    socket.setTimeout(30_000, () => socket.destroy(new Error('Nothing answered within 30 s.')));
    socket.on('data', (chunk) => {
      ms ||= performance.now() - began;
      answer += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve({ ms, answer }));
  });
}

export function get(host: string): string {
  return `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
}

export function expectHello({ answer }: FirstByte): void {
  if (!answer.startsWith('HTTP/1.1 200') || !answer.endsWith('{"hello":"world"}')) throw new Error(`Not the function's answer: ${answer}`);
}
