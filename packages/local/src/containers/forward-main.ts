// Runs in the network of a container: brings what comes to the instance's socket to the port that the image listens on, and
// answers on the control socket whether it is ready. forward-main TRAFFIC_SOCKET CONTROL_SOCKET PORT PROBE
import { createServer as createHttpServer, request } from 'node:http';
import { connect, createServer } from 'node:net';

const [traffic = '', control = '', portText = '', probeText = '{}'] = process.argv.slice(2);
const port = Number(portText);
const probe = JSON.parse(probeText) as { path?: string; port?: number };
const host = '127.0.0.1';
const probeMs = 1000;

function connects(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: probe.port ?? port, timeout: probeMs });
    const say = (is: boolean): void => (socket.destroy(), resolve(is));
    socket.on('connect', () => say(true));
    socket.on('error', () => say(false));
    socket.on('timeout', () => say(false));
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host, port: probe.port ?? port, path, timeout: probeMs, agent: false }, (answer) => {
      answer.destroy();
      const status = answer.statusCode ?? 500;
      resolve(status >= 200 && status < 400);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

createServer({ allowHalfOpen: true, noDelay: true }, (from) => {
  const to = connect({ host, port, allowHalfOpen: true, noDelay: true });
  from.pipe(to);
  to.pipe(from);
  const end = (): void => {
    from.destroy();
    to.destroy();
  };
  from.on('error', end);
  to.on('error', end);
}).listen(traffic, () => {
  createHttpServer((_, response) => {
    const ready = probe.path === undefined ? connects() : answers(probe.path);
    void ready.then((isReady) => response.end(JSON.stringify({ state: isReady ? 'Serving' : 'Starting' })));
  }).listen(control);
});
