import { readFileSync } from 'node:fs';
import { kubeApi, kubeStore } from '@openfunction/kube';
import { createPoolClient, createPoolSourcesClient, socketServer, socketTransport } from '@openfunction/protocol';
import { dataFolder } from './data-folder.ts';
import { partProcess, writeLog } from './part-process.ts';
import { startEvents } from './start-events.ts';

/** What the part that brings messages is told; the rest lies in the data folder. */
export interface EventsSettings {
  data: string;
  /** The API server of control. */
  api: string;
}

const graceMs = 5_000;
/** The descriptor that the supervisor passes on. */
const heldApi = 4;

await partProcess<EventsSettings, Record<string, never>>(async ({ data, api }) => {
  const folder = dataFolder(data);
  const token = readFileSync(folder.token, 'utf8');
  // The same way that everybody takes: what is desired is in the API, whichever process keeps it.
  const kube = kubeApi({
    server: api,
    tls: { ca: readFileSync(folder.certificate, 'utf8') },
    headers: () => Promise.resolve({ authorization: `Bearer ${token}` }),
  });
  const transport = socketTransport(folder.controlSocket);
  const events = await startEvents({
    folder,
    store: kubeStore({ api: kube, onError: (error) => writeLog('The API server is asked again', error) }),
    pool: { ...createPoolClient(transport), ...createPoolSourcesClient(transport) },
    listen: { fd: heldApi },
    log: writeLog,
  });
  const server = await socketServer({ path: folder.eventsSocket, services: [events.service] });
  return {
    ready: {},
    async close() {
      await server.close();
      await events.close({ graceMs });
      transport.close();
      await kube.close();
    },
  };
});
