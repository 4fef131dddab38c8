import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { abortable } from '../abortable.ts';
import type { ComponentContext } from '../component-context.ts';
import { ComponentError } from '../component-error.ts';

export interface MqttClientOptions {
  connection: IClientOptions;
  context: ComponentContext;
  /** Before the connection is sought: a session that the broker kept sends its messages with the first answer. */
  prepare?(client: MqttClient): void;
  signal?: AbortSignal;
}

/** Connects once; later losses are reported, and sought again by the client itself. */
export async function mqttClient({ connection, context, prepare, signal }: MqttClientOptions): Promise<MqttClient> {
  const client = connect({ ...connection, manualConnect: true });
  // One for each call that waits for its answer.
  client.setMaxListeners(0);
  prepare?.(client);
  const connected = new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
    client.once('close', () => reject(new Error('the connection was closed')));
  });
  client.connect();
  try {
    await abortable(connected, signal);
  } catch (error) {
    client.on('error', () => undefined);
    client.end(true);
    if (signal?.aborted) throw error;
    throw new ComponentError('ComponentUnavailable', `MQTT cannot be reached: ${reasonOf(error)}. Is the broker up, and its url right?`, {
      cause: error,
    });
  }
  let isLost = false;
  const tell = (level: 'info' | 'warn', message: string): void => context.report({ level, message, component: context.name });
  client.on('close', () => {
    if (!isLost && !client.disconnecting) tell('warn', 'the connection to the MQTT broker is lost, and sought again');
    isLost = true;
  });
  client.on('connect', () => {
    if (isLost) tell('info', 'the connection to the MQTT broker is back');
    isLost = false;
  });
  // Each attempt tells one; the loss itself has been told.
  client.on('error', () => undefined);
  return client;
}

export function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string | number };
  return message === undefined || message === '' ? String(code ?? error) : message.replace(/\.$/, '');
}
