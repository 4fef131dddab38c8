import { done, type ComponentEvent, type Deliver, type Delivery, type Outcome } from '@openfunction/components';
import type { AppComponents } from '../app/app-components.ts';
import { cloudEventType } from '../cloudevents/cloud-event.ts';
import type { OutboxSettings } from './outbox-settings.ts';

export interface DeliverOutboxOptions {
  store: string;
  settings: OutboxSettings;
  components: AppComponents;
  now(): number;
  report(event: ComponentEvent): void;
}

// Until then the transaction may still come.
const patienceMs = 10_000;

/** From a message that waits to its topic: once the mark of its transaction is in the store, which is then taken away. */
export function deliverOutbox(options: DeliverOutboxOptions): Deliver {
  return (batch, signal) => Promise.all(batch.map((delivery) => forward(delivery, options, signal)));
}

async function forward(delivery: Delivery, options: DeliverOutboxOptions, signal: AbortSignal): Promise<Outcome> {
  const { store, settings, components, report } = options;
  const event = eventOf(delivery.data);
  if (event === undefined) {
    report({ level: 'warn', message: 'a message in the topic of an outbox is none of its own, and was dropped', component: store });
    return done;
  }
  try {
    const state = components.find('state', store)?.component;
    const broker = components.find('pubsub', settings.publishPubsub)?.component;
    if (state === undefined || broker === undefined) throw new Error('a component of the outbox is not there');
    const [mark] = await state.read([event.id], { signal });
    if (mark === undefined) return missing(event, delivery, options);
    const data = Buffer.from(delivery.data);
    await broker.publish({ topic: settings.publishTopic, data, contentType: cloudEventType }, signal);
    const [failed] = await state.write([{ kind: 'delete', key: event.id }], signal);
    if (failed !== undefined) throw failed;
    return done;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    report({ level: 'warn', message: 'a message of an outbox was not sent and will be tried again', component: store, fields: { reason } });
    return { kind: 'retry', error };
  }
}

function missing({ id, time }: OutboxEvent, { attempt }: Delivery, { store, settings, now, report }: DeliverOutboxOptions): Outcome {
  const isOld = now() - time > patienceMs;
  if (isOld && settings.discardWhenMissing) {
    report({
      level: 'warn',
      message: 'a message of an outbox was discarded, as its transaction is not there',
      component: store,
      fields: { id },
    });
    return done;
  }
  if (isOld)
    report({
      level: 'warn',
      message: 'a message of an outbox waits for a transaction that is not there',
      component: store,
      fields: { id, attempt },
    });
  return { kind: 'retry', error: new Error('the transaction is not there') };
}

interface OutboxEvent {
  id: string;
  time: number;
}

function eventOf(data: Uint8Array): OutboxEvent | undefined {
  try {
    const event: unknown = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
    const { id, time } = (event ?? {}) as { id?: unknown; time?: unknown };
    if (typeof id !== 'string' || !/^outbox-[\w-]{1,64}$/.test(id)) return undefined;
    return { id, time: typeof time === 'string' ? Date.parse(time) : 0 };
  } catch {
    return undefined;
  }
}
