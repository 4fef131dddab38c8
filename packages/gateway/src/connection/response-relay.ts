import { PendingBytes } from './pending-bytes.ts';
import { BodyRelay, type Framing, type Output } from './body-relay.ts';
import type { ClientConnection } from './client-connection.ts';
import type { ConnectionContext } from './context.ts';
import type { Exchange } from './exchange.ts';

const maxHeadBytes = 65_536;

/** The answer of an instance on its way to the client. */
export class ResponseRelay {
  /** Its head went to the client: from here on nothing else can be said. */
  isBegun = false;
  readonly #exchange: Exchange;
  readonly #client: ClientConnection;
  readonly #context: ConnectionContext;
  readonly #body = new BodyRelay();
  readonly #partialHead = new PendingBytes();
  #isKeptAlive = false;

  constructor(exchange: Exchange, client: ClientConnection, context: ConnectionContext) {
    this.#exchange = exchange;
    this.#client = client;
    this.#context = context;
  }

  reset(): void {
    this.isBegun = false;
    if (this.#partialHead.length > 0) this.#partialHead.clear();
  }

  /** False: stop reading until the client drains. */
  onBytes(bytes: Buffer, length: number, now: number): boolean {
    if (this.isBegun) return this.#push(bytes, 0, length, '', now);
    if (this.#partialHead.length === 0) return this.#onHead(bytes, length, now);
    this.#partialHead.append(bytes, 0, length);
    return this.#partialHead.use((all) => this.#onHead(all, all.length, now));
  }

  /** The upstream connection ended well; answers whether that is how this answer ends. */
  endsWithConnection(): boolean {
    if (this.#body.framing !== 'close') return false;
    this.#body.end(this.#client.socket);
    this.#exchange.finish(false, this.#context.now());
    return true;
  }

  #onHead(bytes: Buffer, length: number, now: number): boolean {
    const response = this.#context.response;
    let from = 0;
    while (from < length) {
      const end = response.parse(bytes, from, length);
      if (end === -1 && length - from <= maxHeadBytes) {
        this.#partialHead.append(bytes, from, length);
        return true;
      }
      if (end < 0) return this.#invalid();
      if (response.status === 101) return this.#onSwitch(bytes, end, length);
      if (response.status >= 200) return this.#begin(bytes, end, length, now);
      this.#interim();
      from = end;
    }
    return true;
  }

  // The gateway itself answers an expectation, and HTTP/1.0 knows no interim answers.
  #interim(): void {
    const { response } = this.#context;
    if (response.status === 100 || this.#exchange.minor === 0) return;
    this.#client.socket.write(`HTTP/1.1 ${response.statusLine}\r\n${response.forwarded}\r\n`, 'latin1');
  }

  #invalid(): boolean {
    this.isBegun = false;
    this.#exchange.abandon('UpstreamInvalid', 'The function answered with something that is not HTTP/1.1.', true);
    return false;
  }

  #onSwitch(bytes: Buffer, end: number, length: number): boolean {
    if (!this.#exchange.isWebSocket) return this.#invalid();
    const { response } = this.#context;
    this.#exchange.status = 101;
    this.#exchange.onSwitched();
    const head = `HTTP/1.1 ${response.statusLine}\r\n${response.forwarded}connection: upgrade\r\nupgrade: websocket\r\nx-request-id: ${this.#exchange.requestId}\r\n\r\n`;
    this.#client.socket.write(head, 'latin1');
    this.#client.openTunnel();
    return end === length || this.#client.tunnelled(bytes, end, length);
  }

  #begin(bytes: Buffer, end: number, length: number, now: number): boolean {
    const { response } = this.#context;
    if (response.status === 503 && response.surplus && this.#exchange.retry('failed')) return false;
    this.#exchange.status = response.status;
    this.#isKeptAlive = response.keepAlive;
    if (response.ending) this.#exchange.onInstanceEnding();
    const framing = this.#framing();
    const output = this.#output(framing);
    this.#body.begin(framing, response.contentLength, output);
    // The rest of a body that the function did not wait for must not be taken for a request.
    if (!this.#exchange.isRequestWhole || output === 'bare' || this.#context.isClosing()) this.#client.closeAfter = true;
    const isChunked = (framing === 'chunked' && output === 'same') || output === 'chunked';
    const lines = this.#exchange.answerLines(response.forwarded);
    const head =
      `HTTP/1.1 ${response.statusLine}\r\n${lines}${isChunked ? 'transfer-encoding: chunked\r\n' : ''}` +
      `${this.#client.closeAfter ? 'connection: close\r\n' : ''}x-request-id: ${this.#exchange.requestId}\r\n\r\n`;
    return this.#push(bytes, end, length, head, now);
  }

  #framing(): Framing {
    const { response } = this.#context;
    if (this.#exchange.method === 'HEAD' || response.status === 204 || response.status === 304) return 'none';
    if (response.chunked) return 'chunked';
    if (response.contentLength < 0) return 'close';
    return response.contentLength === 0 ? 'none' : 'length';
  }

  // Chunks tell the client whether the answer is whole; HTTP/1.0 knows only the end of the connection.
  #output(framing: Framing): Output {
    if (framing === 'close') return this.#exchange.minor === 0 ? 'bare' : 'chunked';
    return framing === 'chunked' && this.#exchange.minor === 0 ? 'bare' : 'same';
  }

  #push(bytes: Buffer, from: number, length: number, head: string, now: number): boolean {
    const body = this.#body;
    const room = body.push(bytes, from, length, this.#client.socket, head);
    if (body.malformed) return head === '' ? this.#truncated() : this.#invalid();
    if (head !== '') {
      this.isBegun = true;
      this.#exchange.onAnswerBegun(now);
    }
    if (!body.done) return room;
    this.#exchange.finish(this.#isKeptAlive && body.consumed === length, now);
    return true;
  }

  #truncated(): boolean {
    this.#exchange.abandon('UpstreamInvalid', '', true);
    return false;
  }
}
