import type { ServingTemplateSpec } from '../function/schema.ts';
import { appProtocolAnnotation } from './app-protocol.ts';

type Annotations = ServingTemplateSpec['annotations'];

/** On the instances: `"false"` keeps a function from having a Dapr runtime, whatever else it says. */
export const enableDaprAnnotation = 'openfunction.io/enable-dapr';
const serviceModeAnnotation = 'openfunction.io/dapr-service-mode';

/** What is asked for and done anyway. */
const heeded: Record<string, readonly string[]> = {
  [serviceModeAnnotation]: ['standalone'],
  'dapr.io/enabled': ['true'],
};

export function isDaprOff(annotations: Annotations): boolean {
  return annotations?.[enableDaprAnnotation] === 'false';
}

/** Annotations for a sidecar of Dapr that change nothing where the runtime of a function is the platform's. */
export function unheededDapr(annotations: Annotations = {}): string[] {
  const isDapr = (name: string): boolean =>
    name === serviceModeAnnotation || (name.startsWith('dapr.io/') && name !== appProtocolAnnotation);
  return Object.entries(annotations).flatMap(([name, value]) => (isDapr(name) && heeded[name]?.includes(value) !== true ? [name] : []));
}
