// The gateway as a process of its own: argv is the data folder and the port. Says over IPC when it listens.
import { dataFolder, startGateway } from '@openfunction/embedded';
import { socketTransport } from '@openfunction/protocol';

const folder = dataFolder(process.argv[2]!);
const gateway = await startGateway({ folder, port: Number(process.argv[3]), transport: socketTransport(folder.controlSocket) });
process.send?.({ ready: true });
process.on('SIGTERM', () => void gateway.close({ graceMs: 0 }).then(() => process.exit(0)));
