import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { compileBundle } from '../code-cache.ts';
import { functionServer } from '../function-server.ts';
import type { Registered } from '../registry.ts';

/** Runs the paths of a load and of first requests once, and leaves nothing behind. */
export async function selfWarm(socketDir: string, instance: string): Promise<void> {
  const keys = generateKeyPairSync('ed25519');
  const bytes = createHash('sha256').update('warm').digest();
  verify(null, bytes, keys.publicKey, sign(null, bytes, keys.privateKey));
  const module = { exports: {} as { http?: Registered } };
  const code =
    'module.exports = { http: (req, res) => res.json([req.query, req.body]), openfunction: (ctx, data) => ({ data }), cloudevent: () => undefined };';
  const run = compileBundle(code, { format: 'cjs', filename: 'warm.js' }).runInThisContext() as (...args: unknown[]) => void;
  run(module.exports, undefined, module);
  for (const signature of ['http', 'openfunction', 'cloudevent'] as const) {
    const fn = (module.exports as Record<string, unknown>)[signature];
    await warmRequests({ name: 'warm', signature, fn } as Registered, path.join(socketDir, `.warm-${instance.slice(-12)}.sock`));
  }
}

async function warmRequests(target: Registered, socketPath: string): Promise<void> {
  const { server } = functionServer({ target });
  await once(server.listen(socketPath), 'listening');
  const headers = { 'content-type': 'application/json', 'ce-id': '1', 'ce-source': '/', 'ce-type': 't', 'ce-specversion': '1.0' };
  for (let round = 0; round < 5; round += 1) {
    const req = request({ socketPath, method: 'POST', path: '/?a=1', headers, agent: false });
    req.end('{}');
    const [res] = (await once(req, 'response')) as [NodeJS.ReadableStream];
    res.resume();
    await once(res, 'end');
  }
  server.close();
  rmSync(socketPath, { force: true });
}
