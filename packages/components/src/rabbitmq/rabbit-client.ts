import { Connection, type ConnectionOptions, type Envelope, type Publisher } from 'rabbitmq-client';
import { abortable } from '../abortable.ts';
import type { ComponentContext } from '../component-context.ts';
import { ComponentError } from '../component-error.ts';

export interface RabbitClient {
  connection: Connection;
  /** Resolves when the server has confirmed that it has the message. */
  send(envelope: Envelope, data: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** Rejects while the server is away. */
  refuseUnlessUp(): void;
  close(): Promise<void>;
}

/** Connects once; later losses are reported, and sought again by the client itself. */
export async function rabbitClient(options: ConnectionOptions, context: Pick<ComponentContext, 'name' | 'report'>): Promise<RabbitClient> {
  const connection = new Connection(options);
  let last: unknown;
  let isLost = false;
  connection.on('error', (error) => {
    last = error;
    if (!connection.ready && !isLost && publisher !== undefined) {
      isLost = true;
      context.report({ level: 'warn', message: 'the connection to RabbitMQ is lost, and sought again', component: context.name });
    }
  });
  connection.on('connection', () => {
    if (isLost) context.report({ level: 'info', message: 'the connection to RabbitMQ is back', component: context.name });
    isLost = false;
  });
  let publisher: Publisher | undefined;
  try {
    await connection.onConnect(4_000);
  } catch (error) {
    connection.unsafeDestroy();
    const text = `RabbitMQ cannot be reached: ${reasonOf(last ?? error)}. Is the server up, its address right, and may this user connect?`;
    throw new ComponentError('ComponentUnavailable', text, { cause: error });
  }
  const confirming = connection.createPublisher({ confirm: true });
  publisher = confirming;

  function refuseUnlessUp(): void {
    if (!connection.ready)
      throw new ComponentError(
        'ComponentUnavailable',
        'RabbitMQ cannot be reached now. The connection is sought again; repeat the call later.',
      );
  }

  return {
    connection,
    refuseUnlessUp,
    send: async (envelope, data, signal) => {
      refuseUnlessUp();
      await abortable(confirming.send(envelope, Buffer.from(data.buffer, data.byteOffset, data.byteLength)), signal);
    },
    close: async () => {
      if (!connection.ready) return connection.unsafeDestroy();
      await confirming.close();
      await connection.close();
    },
  };
}

export function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return (message === undefined || message === '' ? String(code ?? error) : message).replace(/\.$/, '');
}

/** What the server says of a wrong declaration; trying again does not change it. */
export function isRefusal(error: unknown): boolean {
  return ['PRECONDITION_FAILED', 'ACCESS_REFUSED', 'NOT_ALLOWED', 'COMMAND_INVALID', 'RESOURCE_LOCKED'].includes(
    String((error as { code?: unknown }).code),
  );
}
