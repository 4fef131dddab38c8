import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { TestServer } from './server-process.ts';

/** Makes a stream, which has to exist before anything is published to its subjects. */
export async function addStream({ host, port }: TestServer, stream: { name: string; subjects: string[] }): Promise<void> {
  const connection = await connect({ servers: `${host}:${port}` });
  const manager = await jetstreamManager(connection);
  await manager.streams.add(stream);
  await connection.close();
}
