import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hookConnect } from './connect-hook.ts';

test('node:http and fetch reach cluster-local hosts through the internal socket', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'ofn-hook-'));
  const socket = path.join(dir, 's.sock');
  const server = http.createServer((req, res) => res.end(req.headers.host)).listen(socket);
  await once(server, 'listening');
  const unhook = hookConnect({ domain: 'cluster.local', socket });
  try {
    expect(await (await fetch('http://f.ns.svc.cluster.local/')).text()).toBe('f.ns.svc.cluster.local');
    const [res] = (await once(http.get('http://g.ns.svc.cluster.local/', { agent: false }), 'response')) as [http.IncomingMessage];
    let text = '';
    for await (const chunk of res) text += String(chunk);
    expect(text).toBe('g.ns.svc.cluster.local');
  } finally {
    unhook();
    server.close();
    server.closeAllConnections();
    rmSync(dir, { recursive: true });
  }
});
