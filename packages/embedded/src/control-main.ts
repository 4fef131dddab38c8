import { socketServer } from '@openfunction/protocol';
import { dataFolder } from './data-folder.ts';
import { partProcess, writeLog } from './part-process.ts';
import { startControl, type ControlOptions } from './start-control.ts';

/** What control is told; the rest lies in the data folder. */
export interface ControlSettings extends Pick<
  ControlOptions,
  'domain' | 'gatewayPort' | 'poolSize' | 'api' | 'buildEnvironment' | 'sources' | 'messagingPort'
> {
  data: string;
}

export interface ControlReady {
  api: string;
  isolation: { kind: string; holds: string };
}

await partProcess<ControlSettings, ControlReady>(async ({ data, ...settings }) => {
  const folder = dataFolder(data);
  const control = await startControl({ ...settings, folder, log: writeLog });
  const server = await socketServer({ path: folder.controlSocket, services: control.services });
  return {
    needs: control.messagingNeeded.then(() => 'events' as const),
    ready: { api: control.api ?? '', isolation: control.workloads.isolation() },
    async close(end) {
      await server.close();
      await control.close({ instances: end === 'alone' ? 'keep' : 'end' });
    },
  };
});
