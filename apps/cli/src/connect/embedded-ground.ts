import { dataFolder, EmbeddedError, readState } from '@openfunction/embedded/platform';
import type { Transport } from '@openfunction/protocol';
import type { Ground } from './ground.ts';

/** The platform of this machine, whose data lies below `root`. */
export function embeddedGround(root: string): Ground {
  const folder = dataFolder(root);
  const opened: Transport[] = [];
  const control = async (): Promise<Transport> => {
    const { socketTransport } = await import('@openfunction/protocol');
    const transport = socketTransport(folder.controlSocket);
    opened.push(transport);
    return transport;
  };
  return {
    imagePrefix: 'registry.local',
    builder: control,
    pool: control,
    async gateway() {
      const { gateway } = readState(folder) ?? {};
      if (gateway === undefined)
        throw new EmbeddedError('PartFailed', 'The gateway of this machine is not up. Look at it with "ofn doctor".');
      const { hostname, port } = new URL(gateway);
      return { host: hostname, port: Number(port) };
    },
    publicUrl(url) {
      const { gateway } = readState(folder) ?? {};
      const reached = new URL(url);
      if (gateway !== undefined) reached.port = new URL(gateway).port;
      return reached;
    },
    async close() {
      for (const transport of opened) transport.close();
    },
  };
}
