import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { AddressGuard } from '@openfunction/artifact';

export interface GuardProxy {
  /** For a program's proxy settings; nobody else knows its password. */
  url: string;
  /** What it refused, for the message of the program that was refused. */
  refusals: string[];
  close(): Promise<void>;
}

export interface GuardProxyOptions {
  guard: AddressGuard;
  /** Hosts with port that an operator named, and that are reached wherever they are. */
  trusted: readonly string[];
}

const idleMs = 60_000;
const maximumRefusals = 20;

/** A proxy on loopback for programs that fetch what users name: it connects to allowed addresses only, after resolving names itself. */
export async function guardProxy({ guard, trusted }: GuardProxyOptions): Promise<GuardProxy> {
  const password = randomBytes(24).toString('base64url');
  const expected = Buffer.from(`Basic ${Buffer.from(`build:${password}`).toString('base64')}`);
  const refusals: string[] = [];
  const open = new Set<Socket>();
  const lookupFor = (host: string, port: number): AddressGuard['lookup'] | undefined => {
    if (trusted.includes(`${host}:${port}`)) return undefined;
    guard.assertHost(host);
    return guard.lookup;
  };
  const isOurs = ({ headers }: IncomingMessage): boolean => {
    const given = Buffer.from(headers['proxy-authorization'] ?? '');
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
  const note = (error: unknown): string => {
    const why = error instanceof Error ? error.message : String(error);
    if (refusals.length < maximumRefusals) refusals.push(why);
    return why;
  };

  const server = createServer({ headersTimeout: 10_000 }, (asked, answer) => {
    if (!isOurs(asked)) return end(answer, 407, 'This proxy serves one build.');
    try {
      forward(asked, answer, lookupFor, note);
    } catch (error) {
      end(answer, 403, note(error));
    }
  });
  server.on('connect', (asked: IncomingMessage, client: Socket) => {
    client.on('error', () => undefined);
    if (!isOurs(asked)) return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    try {
      const { hostname, port } = new URL(`http://${asked.url}`);
      const number = port === '' ? 80 : Number(port);
      const host = hostname.replace(/^\[|\]$/g, '');
      const upstream = connect({ host, port: number, lookup: lookupFor(host, number), timeout: idleMs }, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      open.add(upstream);
      upstream.on('timeout', () => upstream.destroy());
      upstream.on('error', (error) => {
        note(error);
        client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      });
      upstream.on('close', () => {
        open.delete(upstream);
        client.destroy();
      });
      client.on('close', () => upstream.destroy());
    } catch (error) {
      note(error);
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://build:${password}@127.0.0.1:${(server.address() as AddressInfo).port}`,
    refusals,
    close: () => {
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

type LookupFor = (host: string, port: number) => AddressGuard['lookup'] | undefined;

function forward(asked: IncomingMessage, answer: ServerResponse, lookupFor: LookupFor, note: (error: unknown) => string): void {
  const url = new URL(asked.url ?? '');
  if (url.protocol !== 'http:') return end(answer, 400, 'Ask for an http address, or CONNECT.');
  const { 'proxy-authorization': _ours, 'proxy-connection': _hop, connection: _also, ...headers } = asked.headers;
  const lookup = lookupFor(url.hostname.replace(/^\[|\]$/g, ''), url.port === '' ? 80 : Number(url.port));
  const sent = request(url, { method: asked.method, headers, agent: false, lookup, timeout: idleMs }, (response) => {
    const { connection: _connection, 'keep-alive': _keep, ...passed } = response.headers;
    answer.writeHead(response.statusCode ?? 502, passed);
    response.pipe(answer);
  });
  sent.on('timeout', () => sent.destroy(new Error(`${url.host} does not answer`)));
  sent.on('error', (error) => end(answer, 502, note(error)));
  answer.on('close', () => sent.destroy());
  asked.pipe(sent);
}

function end(answer: ServerResponse, status: number, why: string): void {
  if (answer.headersSent) return void answer.destroy();
  answer.writeHead(status, { 'content-type': 'text/plain' }).end(why);
}
