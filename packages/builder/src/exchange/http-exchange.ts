import { createReadStream, createWriteStream, existsSync, mkdirSync, rmSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BuildError } from '../build-error.ts';
import type { BuildExchange, BuildInput } from './build-exchange.ts';
import { oneTimePath, type Direction } from './one-time-path.ts';
import { outputLimit, unpackOutput } from './output-archive.ts';

export interface HttpExchangeOptions {
  /** A Unix socket, or an address; an address that is not loopback needs `tls`. */
  listen: { path: string } | { host: string; port: number };
  tls?: TlsFiles & { follow?: (renewed: (files: TlsFiles) => void) => void };
  /** How build instances reach the address, and the certificates that they trust for it. */
  reach?: { url: string; ca?: string };
  /** At least 32 secret bytes, the same after a restart. */
  key: Uint8Array;
  /** Where outputs wait until they are collected. */
  dir: string;
}

/** PEM. What `follow` tells replaces them for new connections. */
interface TlsFiles {
  key: string;
  cert: string;
}

export interface HttpExchange extends BuildExchange {
  /** Forgets outputs of builds that nobody will collect. */
  keepOnly(uids: () => ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
}

interface Door {
  uid: string;
  direction: Direction;
  input: BuildInput;
  /** Whether something passes through it, or has passed. */
  state: 'unused' | 'busy' | 'used';
}

const transferMs = 300_000;

function serverOf(tls: HttpExchangeOptions['tls']): Server {
  if (tls === undefined) return createPlainServer();
  const { follow, ...files } = tls;
  const server = createTlsServer({ ...files, minVersion: 'TLSv1.2' });
  follow?.((renewed) => server.setSecureContext({ ...renewed, minVersion: 'TLSv1.2' }));
  return server;
}

/** Serves one-time URLs: a build gets its source and credentials from one, and posts its output to another. */
export async function httpExchange(options: HttpExchangeOptions): Promise<HttpExchange> {
  const { key, dir, listen, reach } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const doors = new Map<string, Door>();
  const outputOf = (uid: string): string => join(dir, `${encodeURIComponent(uid)}.tar`);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const door = doors.get(request.url ?? '');
    const method = door?.direction === 'output' ? 'POST' : 'GET';
    if (door === undefined || request.method !== method) return answer(response, 404);
    // Whoever has not heard that its output arrived sends it again.
    if (door.direction === 'output' && existsSync(outputOf(door.uid))) return answer(response, 201);
    if (door.state !== 'unused') return answer(response, door.state === 'busy' ? 409 : 410);
    door.state = 'busy';
    try {
      const isThrough = await (door.direction === 'output' ? take(door, request, response) : give(door, response));
      if (isThrough) door.state = 'used';
    } finally {
      // A transfer that broke off may be tried again.
      if (door.state === 'busy') door.state = 'unused';
    }
  };

  const take = async (door: Door, request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = outputOf(door.uid);
    try {
      await pipeline(request, atMost(outputLimit), createWriteStream(`${path}.part`, { mode: 0o600 }));
      // Released meanwhile: what comes now is nobody's.
      if (!request.complete || doors.get(request.url ?? '') !== door) {
        answer(response, 404);
        return false;
      }
      await rename(`${path}.part`, path);
    } finally {
      await rm(`${path}.part`, { force: true });
    }
    answer(response, 201);
    return true;
  };

  const server = serverOf(options.tls);
  Object.assign(server, { headersTimeout: 10_000, requestTimeout: transferMs, timeout: transferMs, maxConnections: 256 });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else answer(response, error instanceof BuildError ? 413 : 500);
    });
  });
  if ('path' in listen) rmSync(listen.path, { force: true });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(listen, resolve));
  const base = reach?.url ?? ('path' in listen ? 'http://builder' : `http://${listen.host}:${listen.port}`);

  return {
    open: (uid, input) => {
      const urlOf = (direction: Direction): string => {
        const path = oneTimePath(key, uid, direction);
        doors.set(path, { uid, direction, input, state: 'unused' });
        return new URL(path, base).href;
      };
      return {
        OFN_OUTPUT: urlOf('output'),
        ...(input.source === undefined ? {} : { OFN_SOURCE: urlOf('source') }),
        ...(input.credentials === undefined ? {} : { OFN_CREDENTIALS: urlOf('credentials') }),
        ...('path' in listen ? { OFN_EXCHANGE_SOCKET: listen.path } : {}),
        ...(reach?.ca === undefined ? {} : { OFN_EXCHANGE_CA: reach.ca }),
      };
    },
    collect: async (uid) => {
      if (!existsSync(outputOf(uid)))
        throw new BuildError('BuildFailed', 'The build ended well but handed nothing over. Build again; if it happens again, report it.');
      return unpackOutput(createReadStream(outputOf(uid)));
    },
    release: async (uid) => {
      for (const [path, door] of doors) if (door.uid === uid) doors.delete(path);
      await rm(outputOf(uid), { force: true });
    },
    keepOnly: async (uids) => {
      const names = await readdir(dir);
      // Asked for after the folder was read: what a build adds in between is not among the names.
      const kept = new Set(Array.from(uids(), (uid) => encodeURIComponent(uid)));
      for (const name of names) if (!kept.has(name.replace(/\.tar(?:\.part)?$/, ''))) await rm(join(dir, name), { force: true });
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function give(door: Door, response: ServerResponse): Promise<boolean> {
  const { source, credentials } = door.input;
  const bytes = door.direction === 'source' ? await source?.() : Buffer.from(JSON.stringify(credentials));
  if (bytes === undefined) {
    answer(response, 404);
    return false;
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length });
  return new Promise((resolve) => {
    response.on('close', () => resolve(response.writableFinished)).end(bytes);
  });
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': 0, connection: 'close' }).end();
}

/** Counts what arrives: a declared length is never believed. */
function atMost(limit: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done(size > limit ? new BuildError('BuildFailed', `The output has more than ${limit} bytes. Make it smaller.`) : null, chunk);
    },
  });
}
