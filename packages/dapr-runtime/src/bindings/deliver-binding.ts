import { done, type ComponentEvent, type Deliver, type Delivery, type Outcome } from '@openfunction/components';
import type { BindingApi } from '../api/binding-api.ts';
import type { StateApi } from '../api/state-api.ts';
import type { BindingAnswer, BindingHandler } from './binding-handler.ts';

export interface DeliverBindingOptions {
  name: string;
  path: string;
  handler: BindingHandler;
  state: StateApi;
  bindings: BindingApi;
  report(event: ComponentEvent): void;
}

/** From an event of an input binding to what its source is told: the app, then what its answer asks for. */
export function deliverBinding(options: DeliverBindingOptions): Deliver {
  return (batch, signal) => Promise.all(batch.map((delivery) => deliverOne(delivery, options, signal)));
}

async function deliverOne(delivery: Delivery, options: DeliverBindingOptions, signal: AbortSignal): Promise<Outcome> {
  try {
    const answer = await options.handler.handle(options.path, delivery, signal);
    if (answer !== undefined) await carryOut(answer, options, signal);
    return done;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    options.report({
      level: 'warn',
      message: 'an event of an input binding was not handled',
      component: options.name,
      fields: { reason, attempt: delivery.attempt },
    });
    return { kind: 'retry', error };
  }
}

async function carryOut(
  { storeName, state, to, isParallel, data = new Uint8Array(0) }: BindingAnswer,
  { state: stateApi, bindings }: DeliverBindingOptions,
  signal: AbortSignal,
): Promise<void> {
  if (storeName !== undefined && state.length > 0) await stateApi.save(storeName, state, signal);
  const send = async (name: string): Promise<unknown> => bindings.invoke(name, { operation: 'create', data, metadata: {} }, signal);
  if (isParallel) await Promise.all(to.map(send));
  else for (const name of to) await send(name);
}
