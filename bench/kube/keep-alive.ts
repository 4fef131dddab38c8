import { connect, type Socket } from 'node:net';

/** One kept connection that sends one request at a time, with as little work of its own as there can be. */
export class KeepAlive {
  readonly #socket: Socket;
  readonly #ask: string;
  #answered: (ms: number) => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;
  #began = 0;
  #text = '';

  constructor(to: { host: string; port: number }, host: string) {
    this.#ask = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    this.#socket = connect(to);
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => {
      this.#text += text;
      if (!this.#text.endsWith('{"hello":"world"}')) return;
      this.#answered(performance.now() - this.#began);
    });
    this.#socket.on('error', (error) => this.#failed(error));
    this.#socket.on('close', () => this.#failed(new Error('The connection was closed.')));
  }

  /** Milliseconds from the sending to the last byte of the answer. */
  send(): Promise<number> {
    return new Promise((resolve, reject) => {
      [this.#answered, this.#failed] = [resolve, reject];
      this.#text = '';
      this.#began = performance.now();
      this.#socket.write(this.#ask);
    });
  }

  close(): void {
    this.#failed = (): void => undefined;
    this.#socket.destroy();
  }
}
