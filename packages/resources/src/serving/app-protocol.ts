import type { ServingTemplateSpec } from '../function/schema.ts';

/** On the instances, as Dapr has it: what an image speaks with its runtime. */
export const appProtocolAnnotation = 'dapr.io/app-protocol';

/** What an image that is no function module speaks; gRPC unless it says otherwise, as with OpenFunction. */
export function appProtocolOf({ annotations }: ServingTemplateSpec): 'http' | 'grpc' {
  return annotations?.[appProtocolAnnotation] === 'http' ? 'http' : 'grpc';
}
