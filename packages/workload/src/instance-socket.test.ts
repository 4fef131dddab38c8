import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdInstanceSocket } from './hold-instance-socket.ts';
import { withInstanceSocket } from './instance-socket.ts';

describe.runIf(process.platform === 'linux')('withInstanceSocket', () => {
  let dir: string;
  let servers: Server[];
  beforeEach(() => {
    dir = realpathSync(mkdtempSync(join(tmpdir(), 'ofn-socket-')));
    servers = [];
  });
  afterEach(() => {
    for (const server of servers) server.close();
    rmSync(dir, { recursive: true });
  });

  async function serve(name: string): Promise<string> {
    mkdirSync(join(dir, name));
    const path = join(dir, name, 'traffic.sock');
    const server = createServer((socket) => socket.end(name));
    servers.push(server);
    server.listen(path);
    await once(server, 'listening');
    return path;
  }
  async function answerOf(path: string): Promise<string> {
    try {
      return (await withInstanceSocket(path, connect).setEncoding('utf8').toArray()).join('');
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? '';
    }
  }

  it('connects to the socket of that path', async () => {
    expect(await answerOf(await serve('own'))).toBe('own');
  });

  it('does not follow a link in the place of the socket', async () => {
    const foreign = await serve('foreign');
    const own = await serve('own');
    rmSync(own);
    symlinkSync(foreign, own);
    expect(await answerOf(own)).toBe('ENOENT');
  });

  it('does not follow a link in the place of its folder', async () => {
    await serve('foreign');
    const own = await serve('own');
    renameSync(join(dir, 'own'), join(dir, 'aside'));
    symlinkSync(join(dir, 'foreign'), join(dir, 'own'));
    expect(await answerOf(own)).toBe('ENOENT');
  });

  it('fails as any connection does where there is no socket', async () => {
    expect(await answerOf(join(dir, 'none.sock'))).toBe('ENOENT');
  });

  it('stays with the socket that was there when it is held, and lets go of it', async () => {
    const own = await serve('own');
    const foreign = await serve('foreign');
    const held = holdInstanceSocket(own);
    rmSync(own);
    symlinkSync(foreign, own);
    const text = async (): Promise<string> => (await connect(held.path).setEncoding('utf8').toArray()).join('');
    expect([await text(), await text()]).toEqual(['own', 'own']);
    held.release();
    await expect(text()).rejects.toThrow();
    const late = holdInstanceSocket(own);
    await expect(connect(late.path).toArray()).rejects.toMatchObject({ code: 'ENOENT' });
    late.release();
  });
});
