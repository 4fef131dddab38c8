// The least that a runtime beside an app costs in Node: a bare node:http server that keeps values in a Map and takes what is published.
import { createServer } from 'node:http';

const [port = '0'] = process.argv.slice(2);
const values = new Map<string, unknown>();
const store = '/v1.0/state/store';

createServer((request, response) => {
  const { url = '', method } = request;
  if (method === 'GET' && url.startsWith(`${store}/`)) {
    const value = values.get(url.slice(store.length + 1));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    if (url === store)
      for (const { key, value } of JSON.parse(body.toString()) as { key: string; value: unknown }[]) values.set(key, value);
    response.writeHead(204).end();
  });
}).listen(Number(port), '127.0.0.1');
