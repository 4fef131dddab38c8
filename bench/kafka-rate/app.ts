// A bare node:http server at a Unix socket: what a function costs at least. Tells when it has had as many messages as it is asked for.
import { createServer } from 'node:http';

const [socketPath = ''] = process.argv.slice(2);
// A stream needs some messages until it is warm.
let skip = 0;
let most = Infinity;
let count = 0;
let begun = 0;

function had(messages: number): void {
  const before = count;
  count += messages;
  if (before < skip && count >= skip) begun = performance.now();
  if (before < most && count >= most) process.send?.({ messages: count - skip, ms: performance.now() - begun });
}

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.url !== '/bulk') {
      response.end();
      had(1);
      return;
    }
    const { entries } = JSON.parse(Buffer.concat(chunks).toString()) as { entries: { entryId: string }[] };
    response.end(JSON.stringify({ statuses: entries.map(({ entryId }) => ({ entryId, status: 'SUCCESS' })) }));
    had(entries.length);
  });
}).listen(socketPath, () => process.send?.('listening'));
process.on('message', (asked: { skip: number; most: number }) => {
  ({ skip, most } = asked);
  count = 0;
  process.send?.('counting');
});
