// The floor: a bare node:http server that has warmed itself as a runner does. argv is its socket; prints when it idles.
import { once } from 'node:events';
import { createServer, request } from 'node:http';

const [, , socketPath] = process.argv;
const server = createServer((req, res) => {
  req.resume();
  const body = JSON.stringify({ hello: 'world' });
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
});
await once(server.listen(socketPath), 'listening');
for (let round = 0; round < 15; round += 1) {
  const call = request({ socketPath, method: 'POST', path: '/?a=1', headers: { 'content-type': 'application/json' }, agent: false });
  call.end('{}');
  const [answer] = await once(call, 'response');
  answer.resume();
  await once(answer, 'end');
}
console.log('idle');
