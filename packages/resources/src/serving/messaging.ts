import type { ServingTemplateSpec } from '../function/schema.ts';
import { isDaprOff } from './dapr-annotations.ts';

/** Whether a function has to do with messages or state, and so with a runtime of building blocks. */
export function usesMessaging({ triggers, outputs, bindings, pubsub, states, annotations }: ServingTemplateSpec): boolean {
  if (isDaprOff(annotations)) return false;
  const lists = [triggers?.dapr, triggers?.inputs, outputs, Object.keys({ ...bindings, ...pubsub, ...states })];
  return lists.some((list) => (list?.length ?? 0) > 0);
}

/** Whether there is anything to do for it to whoever brings messages and measures sources: a function with nothing but requests may name triggers to scale on. */
export function usesEventBus(serving: ServingTemplateSpec): boolean {
  return usesMessaging(serving) || (serving.scaleOptions?.keda?.triggers ?? []).length > 0;
}

/** The Dapr app id of a function, as OpenFunction makes it. */
export function appIdOf(fn: { namespace: string; name: string }): string {
  return `${fn.name}-${fn.namespace}`;
}
