import type { Socket } from 'node:net';
import type { Endpoint } from '@openfunction/workload';
import { connectInstance } from './connect-instance.ts';

export interface InstanceCall {
  endpoint: Endpoint;
  method: 'GET' | 'POST';
  path: string;
  /** Made while the instance takes the connection. */
  body?: () => readonly Uint8Array[];
  authorization?: string;
  timeoutMs: number;
  /** An open connection; by default a new one is made. */
  socket?: Socket;
}

const maxAnswerBytes = 1024 * 1024;
const headEnd = Buffer.from('\r\n\r\n');

/**
 * One call of the runner protocol, the last one on its connection. Written by hand, since a client of node:http costs a cold
 * request half a millisecond; what answers is not trusted, and may be anything.
 */
export function callInstance(call: InstanceCall): Promise<object> {
  const { endpoint, path, timeoutMs, socket = connectInstance(endpoint) } = call;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (error?: Error, value?: object): void => {
      clearTimeout(timer);
      socket.destroy();
      if (value === undefined) reject(error ?? new Error(`The instance closed the connection before it answered ${path}. Replace it.`));
      else resolve(value);
    };
    const timer = setTimeout(
      () => finish(new TimeoutError(`The instance did not answer ${path} within ${timeoutMs} ms. Replace it.`)),
      timeoutMs,
    );
    const look = (isOver: boolean): void => {
      try {
        const value = answerIn(Buffer.concat(chunks), isOver);
        if (value !== undefined || isOver) finish(undefined, value);
      } catch (cause) {
        finish(new Error(`The instance answered ${path} with something that is not the protocol's. Replace it.`, { cause }));
      }
    };
    socket.on('data', (chunk) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maxAnswerBytes) finish(new Error(`The instance answered ${path} with too many bytes. Replace it.`));
      else look(false);
    });
    socket.on('error', (error) => finish(error));
    socket.on('end', () => look(true));
    socket.on('close', () => finish());
    try {
      send(socket, call);
    } catch (error) {
      finish(error instanceof Error ? error : new Error(`${path} could not be asked for.`, { cause: error }));
    }
  });
}

function send(socket: Socket, { method, path, body, authorization }: InstanceCall): void {
  const parts = body?.() ?? [];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const secret = authorization === undefined ? '' : `authorization: ${authorization}\r\n`;
  socket.cork();
  socket.write(`${method} ${path} HTTP/1.1\r\nhost: instance\r\nconnection: close\r\n${secret}content-length: ${length}\r\n\r\n`, 'latin1');
  for (const part of parts) socket.write(part);
  socket.uncork();
}

/** The JSON object of an answer; undefined while it is not complete. */
function answerIn(bytes: Buffer, isOver: boolean): object | undefined {
  const end = bytes.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const length = /\r\ncontent-length: *(\d{1,7})\r?$/im.exec(head)?.[1];
  if (!/^HTTP\/1\.[01] \d{3} /.test(head) || (length === undefined && !isOver && /\r\ntransfer-encoding:/i.test(head)))
    throw new Error('The answer needs a content-length.');
  const body = bytes.subarray(end + headEnd.length);
  if (length === undefined ? !isOver : body.length < Number(length)) return undefined;
  const value: unknown = JSON.parse(body.toString('utf8', 0, length === undefined ? body.length : Number(length)));
  if (typeof value !== 'object' || value === null) throw new Error('The answer is not a JSON object.');
  return value;
}

export class TimeoutError extends Error {}
