// Runs in the network of a container: brings what comes to the instance's socket to the port that the image listens on, and
// asks on behalf of whoever asks on the control socket; what the image sends to a port of its loopback that is a door, it brings to
// the door's socket. forward-main TRAFFIC_SOCKET CONTROL_SOCKET PORT [DOOR_PORT=SOCKET …]
import { createServer as createHttpServer, request, type RequestOptions } from 'node:http';
import { connect, createServer, type NetConnectOpts, type Server } from 'node:net';
import type { ProbeAnswer } from './prober.ts';
import type { ProbeTarget } from './probes.ts';

const [traffic = '', control = '', portText = '', ...doors] = process.argv.slice(2);
const port = Number(portText);
const host = '127.0.0.1';

function connects(target: { port: number }, timeoutMs: number): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: target.port });
    const timer = setTimeout(() => socket.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)), timeoutMs);
    const say = (isGood: boolean, what: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ isGood, said: `port ${target.port}: ${what}` });
    };
    socket.on('connect', () => say(true, 'open'));
    socket.on('error', ({ message }) => say(false, message));
  });
}

async function answers({ port: to, path, isTls }: { port: number; path: string; isTls: boolean }, timeoutMs: number): Promise<ProbeAnswer> {
  // As with Kubernetes nobody looks whose certificate it is.
  const ask = isTls ? (await import('node:https')).request : request;
  const how: RequestOptions & { rejectUnauthorized?: boolean } = { host, port: to, path, agent: false, rejectUnauthorized: false };
  return new Promise((resolve) => {
    const say = (isGood: boolean, what: string): void => {
      clearTimeout(timer);
      resolve({ isGood, said: `GET ${path} on port ${to}: ${what}` });
    };
    const asked = ask(how, (answer) => {
      answer.destroy();
      const status = answer.statusCode ?? 500;
      say(status >= 200 && status < 400, `status ${status}`);
    });
    const timer = setTimeout(() => asked.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)), timeoutMs);
    asked.on('error', ({ message }) => say(false, message));
    asked.end();
  });
}

function relay(target: NetConnectOpts): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, (from) => {
    const to = connect({ ...target, allowHalfOpen: true, noDelay: true });
    from.pipe(to);
    to.pipe(from);
    const end = (): void => {
      from.destroy();
      to.destroy();
    };
    from.on('error', end);
    to.on('error', end);
  });
}

for (const door of doors) {
  const at = door.indexOf('=');
  const doorPort = Number(door.slice(0, at));
  // What the image listens on itself is its own.
  if (doorPort !== port)
    relay({ path: door.slice(at + 1) })
      .on('error', () => undefined)
      .listen(doorPort, host);
}

relay({ host, port }).listen(traffic, () => {
  createHttpServer((question, response) => {
    const asked = new URL(question.url ?? '/', 'http://localhost').searchParams;
    const target = JSON.parse(asked.get('target') ?? '{}') as Exclude<ProbeTarget, { kind: 'exec' }>;
    const timeoutMs = Number(asked.get('timeoutMs'));
    const answer = target.kind === 'http' ? answers(target, timeoutMs) : connects(target, timeoutMs);
    void answer.then((said) => response.end(JSON.stringify(said)));
  }).listen(control);
});
