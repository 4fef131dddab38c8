// What any image may be: a server of its own, on a port of its own, that ends when it is told to.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const instance = randomUUID();
const port = Number(process.argv[2] ?? process.env.PORT ?? 9898);
const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url, 'http://server');
  const answer = { instance, version: process.env.VERSION, secret: process.env.SECRET, port };
  setTimeout(() => response.end(JSON.stringify(answer)), Number(searchParams.get('sleep') ?? 0));
});
server.listen(port, () => console.log(`listening on ${port}`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
