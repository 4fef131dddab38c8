const maximum = 8 << 20;
const preamble = '001e# service=git-upload-pack\n0000';

/** Reads the lines that a server begins with, to their end, and gives them as git over HTTP has them. What comes after stays in `output`. */
export async function advertisement(output: AsyncIterator<Uint8Array>): Promise<AsyncIterableIterator<Uint8Array>> {
  let bytes: Buffer = Buffer.alloc(0);
  let at = 0;
  const fill = async (size: number): Promise<void> => {
    while (bytes.length < size) {
      const next = await output.next();
      if (next.done === true) throw new Error('the server broke off before it named its branches');
      bytes = Buffer.concat([bytes, next.value]);
      if (bytes.length > maximum) throw new Error(`the server names more than ${maximum} bytes of branches`);
    }
  };
  for (;;) {
    await fill(at + 4);
    const header = bytes.toString('latin1', at, at + 4);
    const length = /^[0-9a-f]{4}$/.test(header) ? Number.parseInt(header, 16) : 1;
    if (length === 0) break;
    if (length < 4) throw new Error('the server does not speak as git does');
    await fill(at + length);
    at += length;
  }
  return pieces([Buffer.from(preamble), bytes]);
}

async function* pieces(all: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* all;
}
