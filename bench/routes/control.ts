// Control with its API server, as a process of its own: argv is the data folder. Says over IPC where the API is and which image is ready.
import { dataFolder, startControl } from '@openfunction/embedded';
import { socketServer } from '@openfunction/protocol';

const folder = dataFolder(process.argv[2]!);
const control = await startControl({
  folder,
  domain: 'localhost',
  gatewayPort: 80,
  poolSize: 1,
  api: { port: 0 },
  log: (message, fields) => console.error(message, fields),
});
await socketServer({ path: folder.controlSocket, services: control.services });
const image = 'registry.local/bench/hello';
const digest = await control.artifacts.put(`${image}:v1`, {
  manifest: { runtime: 'node', format: 'cjs', exports: ['hello'], target: 'hello', signature: 'http', entry: 'index.js' },
  bundle: Buffer.from(`exports.hello = (req, res) => res.json({ hello: 'world' });`),
  assets: new Uint8Array(),
});
process.on('SIGTERM', () => void control.close({ instances: 'end' }).then(() => process.exit(0)));
process.send?.({ api: control.api, image: `${image}@${digest}` });
