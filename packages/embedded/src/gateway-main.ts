import { socketTransport } from '@openfunction/protocol';
import { dataFolder } from './data-folder.ts';
import { EmbeddedError } from './embedded-error.ts';
import { partProcess } from './part-process.ts';
import { startGateway, type GatewayMember, type GatewayPart } from './start-gateway.ts';

export interface GatewaySettings {
  data: string;
  port: number;
  /** Its supervisor holds the port, and the socket for the names inside the cluster. */
  isHeld: boolean;
  member: GatewayMember;
}

export interface GatewayReady {
  address: string;
}

const graceMs = 5_000;
/** The descriptors that the supervisor passes on. */
const held = { public: 4, internal: 5 };

await partProcess<GatewaySettings, GatewayReady>(async ({ data, port, isHeld, member }) => {
  const folder = dataFolder(data);
  const transport = socketTransport(folder.controlSocket);
  const gateway = await listening(() => startGateway({ folder, port, transport, member, ...(isHeld ? { held } : {}) }), port);
  return {
    ready: { address: gateway.address },
    async close(end) {
      // Who stays on the platform's port meets the next gateway there.
      await gateway.close({ graceMs, keepIdle: end === 'alone' });
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
