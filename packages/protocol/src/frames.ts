import type { Socket } from 'node:net';
import { RpcError } from './rpc-error.ts';

/** What a frame of a call is: the path that is called, a message, the end of messages, why the call failed, or a sign of life. */
export const frameKinds = { path: 0, message: 1, end: 2, failure: 3, beat: 4 } as const;

export interface Frame {
  kind: number;
  payload: Buffer;
}

const headBytes = 5;
const maxPayload = 16 * 1024 * 1024;

/** A frame: the length of its payload as u32 big-endian, its kind as one byte, the payload. */
export function encodeFrame(kind: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + payload.length);
  frame.writeUInt32BE(payload.length);
  frame[4] = kind;
  frame.set(payload, headBytes);
  return frame;
}

/** Takes frames out of bytes as they come; throws RpcError when one is larger than any may be. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;
  #needed = headBytes;

  *take(bytes: Buffer): Generator<Frame> {
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    if (this.#size < this.#needed) return;
    let rest = this.#chunks.length === 1 ? bytes : Buffer.concat(this.#chunks);
    while (rest.length >= (this.#needed = neededFor(rest))) {
      const [frame, next] = [rest.subarray(0, this.#needed), rest.subarray(this.#needed)];
      yield { kind: frame[4] ?? -1, payload: frame.subarray(headBytes) };
      rest = next;
    }
    this.#chunks = [rest];
    this.#size = rest.length;
  }
}

/** How long the next frame is, as far as that is known. */
function neededFor(bytes: Buffer): number {
  if (bytes.length < headBytes) return headBytes;
  const length = bytes.readUInt32BE(0);
  if (length > maxPayload) throw new RpcError('InvalidArgument', `A message of ${length} bytes is too large; ${maxPayload} are allowed.`);
  return headBytes + length;
}

const maxUnread = 64;

/** The messages that came on a socket, in order. Who reads slowly slows the socket; who stops reading still hears its end. */
export class Incoming {
  readonly #socket: Socket;
  readonly #messages: Uint8Array[] = [];
  #isOver = false;
  #isUnwanted = false;
  #error: RpcError | undefined;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  push(message: Uint8Array): void {
    if (this.#isUnwanted || this.#isOver) return;
    this.#messages.push(message);
    if (this.#messages.length >= maxUnread) this.#socket.pause();
    this.#wake();
  }

  /** Only the first word counts. */
  end(error?: RpcError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#wake();
  }

  async *read(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const next = this.#messages.shift();
        if (next !== undefined) {
          if (this.#messages.length === 0) this.#socket.resume();
          yield next;
        } else if (this.#isOver) break;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      if (this.#error !== undefined) throw this.#error;
    } finally {
      this.#isUnwanted = true;
      this.#messages.length = 0;
      this.#socket.resume();
    }
  }
}
