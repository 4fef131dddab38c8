import { socketTransport } from '@openfunction/protocol';
import { dataFolder } from './data-folder.ts';
import { EmbeddedError } from './embedded-error.ts';
import { partProcess } from './part-process.ts';
import { startGateway, type GatewayPart } from './start-gateway.ts';

export interface GatewaySettings {
  data: string;
  port: number;
}

export interface GatewayReady {
  address: string;
}

const graceMs = 5_000;

await partProcess<GatewaySettings, GatewayReady>(async ({ data, port }) => {
  const folder = dataFolder(data);
  const transport = socketTransport(folder.controlSocket);
  const gateway = await listening(() => startGateway({ folder, port, transport }), port);
  return {
    ready: { address: gateway.address },
    async close() {
      await gateway.close({ graceMs });
      transport.close();
    },
  };
});

async function listening(start: () => Promise<GatewayPart>, port: number): Promise<GatewayPart> {
  try {
    return await start();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EADDRINUSE')
      throw new EmbeddedError('PortTaken', `Another program listens on port ${port}. Give another one with --port, or end that program.`, {
        cause,
      });
    if (code === 'EACCES')
      throw new EmbeddedError('PortTaken', `This user may not listen on port ${port}. Give one above 1023 with --port.`, { cause });
    throw cause;
  }
}
