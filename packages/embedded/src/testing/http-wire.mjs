// An image that is built with one of OpenFunction's first frameworks, as its runtime meets it over HTTP: what it takes comes from
// the context, bindings at `POST /COMPONENT`, topics where it says at `GET /dapr/subscribe`. `GET /` tells what it was brought.
import { createServer } from 'node:http';

const { inputs = {}, outputs = {}, port } = JSON.parse(process.env.FUNC_CONTEXT);
const entries = Object.values(inputs);
const topics = entries.filter(({ componentType }) => componentType.startsWith('pubsub.'));
const bindings = entries.filter(({ componentType }) => componentType.startsWith('bindings.'));
const brought = [];

createServer((request, response) => {
  const { method, url } = request;
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    if (url === '/dapr/subscribe') {
      const listed = topics.map(({ componentName, uri }) => ({ pubsubname: componentName, topic: uri, route: `/${uri}` }));
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(listed));
    }
    if (method === 'GET' && url === '/') return response.end(JSON.stringify(brought));
    const isKnown = topics.some(({ uri }) => url === `/${uri}`) || bindings.some(({ componentName }) => url === `/${componentName}`);
    if (!isKnown) return response.writeHead(404).end();
    if (method === 'OPTIONS') return response.end();
    const body = Buffer.concat(chunks).toString();
    if (topics.some(({ uri }) => url === `/${uri}`)) passOn(dataOf(body));
    brought.push({ method, url, type: request.headers['content-type'], data: dataOf(body) });
    response.end();
  });
}).listen(Number(port));
process.on('SIGTERM', () => process.exit(0));

function dataOf(body) {
  if (body === '') return '';
  const { data, data_base64: base64 } = JSON.parse(body);
  return base64 === undefined ? data : Buffer.from(base64, 'base64').toString();
}

/** To each output, as the framework's `send` does. */
function passOn(data) {
  const { DAPR_HOST, DAPR_HTTP_PORT, DAPR_API_TOKEN } = process.env;
  const headers = { 'content-type': 'application/json', 'dapr-api-token': DAPR_API_TOKEN };
  for (const { componentName, uri } of Object.values(outputs))
    void fetch(`http://${DAPR_HOST}:${DAPR_HTTP_PORT}/v1.0/publish/${componentName}/${uri}`, { method: 'POST', headers, body: data });
}
