import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { canRun, loopback, startServer, type ServerAddress, type TestServer } from './server-process.ts';

const program = '/usr/sbin/mosquitto';

export const canRunMosquitto = (): Promise<boolean> => canRun('MQTT', [program]);

/** A broker that drops nothing that waits, and writes what it knows to its folder at SIGUSR1. */
export async function startMosquitto({ host = loopback }: ServerAddress = {}): Promise<TestServer> {
  return startServer(
    'mosquitto',
    {
      prepare: async (folder, port) => writeFile(path.join(folder, 'mosquitto.conf'), configuration(folder, host, port)),
      command: (folder) => ({ program, args: ['-c', path.join(folder, 'mosquitto.conf')] }),
    },
    { host },
  );
}

function configuration(folder: string, host: string, port: number): string {
  return `listener ${port} ${host}
allow_anonymous true
user root
persistence true
persistence_location ${folder}/
max_queued_messages 0
`;
}
