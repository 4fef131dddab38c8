import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

export interface DevServer {
  /** From now on requests go to this socket; undefined: they are answered with `why`. */
  to(socketPath: string | undefined, why?: string): void;
  listen(port: number): Promise<number>;
  close(): void;
}

/** What stays at one address while the instances behind it come and go. */
export function devServer(): DevServer {
  // A connection of its own for each request: an instance that is let go has none that idles.
  const agent = new Agent({ keepAlive: false });
  let target: string | undefined;
  let why = 'The function is being built.';

  function pass(from: IncomingMessage, answer: ServerResponse): void {
    if (target === undefined) return say(answer, 503, 'NotReady', why);
    const onward = request({
      socketPath: target,
      agent,
      method: from.method,
      path: from.url,
      headers: flat(from.headersDistinct),
      setHost: false,
    });
    onward.on('response', (got) => {
      answer.writeHead(got.statusCode ?? 502, got.statusMessage, flat(got.headersDistinct));
      got.pipe(answer);
      got.on('error', () => answer.destroy());
    });
    onward.on('error', () => {
      if (answer.headersSent) answer.destroy();
      else say(answer, 502, 'UpstreamReset', 'The function ended while this request was in flight. What it wrote is where "ofn dev" runs.');
    });
    answer.on('close', () => onward.destroy());
    from.pipe(onward);
  }

  function passUpgrade(from: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (target === undefined) return void socket.destroy();
    const onward = connect({ path: target });
    const lines = Array.from(
      { length: from.rawHeaders.length / 2 },
      (_, at) => `${from.rawHeaders[at * 2]}: ${from.rawHeaders[at * 2 + 1]}\r\n`,
    );
    onward.write(`${from.method} ${from.url} HTTP/1.1\r\n${lines.join('')}\r\n`);
    onward.write(head);
    socket.pipe(onward).pipe(socket);
    const end = (): void => {
      socket.destroy();
      onward.destroy();
    };
    for (const one of [socket, onward]) one.on('error', end).on('close', end);
  }

  const server: Server = createServer(pass).on('upgrade', passUpgrade);
  return {
    to(socketPath, text = why) {
      target = socketPath;
      why = text;
    },
    listen: (port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => {
          const address = server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : port);
        });
      }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function flat(headers: Readonly<Record<string, string[] | undefined>>): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, values]) =>
      values === undefined ? [] : [[name, values.length === 1 ? (values[0] ?? '') : values]],
    ),
  );
}

function say(answer: ServerResponse, status: number, code: string, message: string): void {
  const body = `${JSON.stringify({ code, message })}\n`;
  answer.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}
