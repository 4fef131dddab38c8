import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PlatformProcess } from '../testing/platform-process.ts';

let platform: PlatformProcess;

beforeEach(() => {
  platform = new PlatformProcess();
});
afterEach(() => platform.dispose());

// A whole platform starts, several times, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const soon = { timeout: 10_000, interval: 50 };

async function answered(name: string): Promise<string> {
  await expect.poll(async () => (await platform.call(name)).status, soon).toBe(200);
  return (await platform.call(name)).body;
}

it('refuses a second start on the same data, and a port that is taken', async () => {
  await platform.up();
  const second = await platform.ofn('up', '--data', platform.data, '--port', '0');
  expect(second).toMatchObject({ code: 1 });
  expect(second.stderr).toContain('OpenFunction runs already');
  const other = new PlatformProcess();
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const refused = await other.ofn('up', '--data', other.data, '--port', String(port));
  expect(refused).toMatchObject({
    code: 1,
    stderr: `error (PortTaken): Another program listens on port ${port}. Give another one with --port, or end that program.\n`,
  });
  const detached = await other.ofn('up', '--data', other.data, '--port', String(port), '--detach');
  expect(detached).toMatchObject(refused);
  expect(other.processes()).toEqual([]);
  taken.close();
  await other.dispose();
});

it('leaves no process behind when it ends, by Ctrl-C or by ofn down', async () => {
  for (const end of ['SIGINT', 'down'] as const) {
    await platform.up();
    if (end === 'SIGINT') await platform.deployWord('left');
    await answered('left');
    expect(platform.processes().length).toBeGreaterThan(3);
    const ended = once(platform.supervisor!, 'exit');
    if (end === 'SIGINT') platform.supervisor!.kill('SIGINT');
    else expect(await platform.ofn('down', '--data', platform.data)).toMatchObject({ code: 0 });
    expect(await ended).toEqual([0, null]);
    expect(platform.processes()).toEqual([]);
  }
});

it('leaves no process behind when its supervisor is killed', async () => {
  await platform.up();
  await platform.deployWord('orphan');
  await answered('orphan');
  platform.supervisor!.kill('SIGKILL');
  await expect.poll(() => platform.processes(), soon).toEqual([]);
});

it('runs in the background when detached, until ofn down', async () => {
  const up = await platform.ofn('up', '--data', platform.data, '--port', '0', '--detach');
  expect(up).toMatchObject({ code: 0, stderr: '' });
  expect(up.stdout).toContain(platform.folder.kubeconfig);
  expect(await platform.ofn('down', '--data', platform.data)).toMatchObject({ code: 0 });
  // Who said that all has ended ends last, a moment later.
  await expect.poll(() => platform.processes()).toEqual([]);
  expect((await platform.ofn('down', '--data', platform.data)).stderr).toContain('does not run');
});

it('keeps an instance through the death of control, and finds it again', async () => {
  const { parts, api } = await platform.up();
  await platform.deployWord('kept');
  const word = await answered('kept');
  process.kill(parts['control']?.pid ?? 0, 'SIGKILL');
  // No moment without an answer: neither while control is away, nor while it comes back.
  const until = Date.now() + 1_500;
  while (Date.now() < until) expect(await platform.call('kept')).toEqual({ status: 200, body: word });
  await expect.poll(() => platform.state().parts['control'], soon).toMatchObject({ isReady: true, restarts: 1 });
  expect(platform.state().api).toBe(api);
  await platform.deployWord('later');
  await answered('later');
  expect((await platform.call('kept')).body).toBe(word);
});

it('starts control again when it hangs, while warm functions go on answering', { timeout: 90_000 }, async () => {
  const { parts } = await platform.up();
  await platform.deployWord('goes-on');
  const word = await answered('goes-on');
  process.kill(parts['control']?.pid ?? 0, 'SIGSTOP');
  expect((await platform.call('goes-on')).body).toBe(word);
  await expect.poll(() => platform.state().parts['control'], { timeout: 60_000 }).toMatchObject({ isReady: true, restarts: 1 });
  expect((await platform.call('goes-on')).body).toBe(word);
});

it('refuses a data folder where none can be made', async () => {
  const { code, stderr } = await platform.ofn('up', '--data', '/proc/openfunction');
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^error \(DataFolderUnusable\): \/proc\/openfunction cannot keep the platform's data: /),
  ]);
});

it('listens again at the same address when the gateway was killed', async () => {
  const { parts, gateway } = await platform.up();
  await platform.deployWord('through');
  const word = await answered('through');
  process.kill(parts['gateway']?.pid ?? 0, 'SIGKILL');
  // How soon, the scenarios show.
  await expect
    .poll(() => platform.call('through').catch(() => undefined), { timeout: 20_000, interval: 20 })
    .toEqual({ status: 200, body: word });
  expect(platform.state().gateway).toBe(gateway);
});
