import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { holdPort, type HeldPort } from './hold-port.ts';

const children: ChildProcess[] = [];
let held: HeldPort | undefined;
afterEach(async () => {
  held?.close();
  for (const child of children.splice(0)) await ended(child);
});

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** A process that takes callers from the port, and says its name to each. */
async function answering(fd: number, name: string): Promise<ChildProcess> {
  const program = `require('net').createServer((socket) => socket.end('${name}')).listen({ fd: 3 }, () => console.log('listening'))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit', fd] });
  children.push(child);
  await once(child.stdout!, 'data');
  return child;
}

async function answerOf(port: number): Promise<string> {
  let text = '';
  for await (const chunk of connect(port, '127.0.0.1')) text += String(chunk);
  return text;
}

it('keeps callers in line from the end of one process to the start of the next', async () => {
  held = holdPort('127.0.0.1', 0)!;
  const first = await answering(held.fd, 'first');
  expect(await answerOf(held.port)).toBe('first');
  await ended(first);
  const waiting = answerOf(held.port);
  await answering(held.fd, 'second');
  expect(await waiting).toBe('second');
});

it('says that a port is taken', async () => {
  held = holdPort('127.0.0.1', 0)!;
  await answering(held.fd, 'first');
  expect(() => holdPort('127.0.0.1', held!.port)).toThrow(`Another program listens on port ${held.port}.`);
});
