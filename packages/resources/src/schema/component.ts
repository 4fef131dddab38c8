import { z } from 'zod';
import { objectName, scalarMap, text } from './text.ts';

const componentMetadata = z.object({
  name: text.describe('Name of the setting'),
  value: z.union([z.string(), z.number(), z.boolean()]).describe('Its value').optional(),
  secretKeyRef: z
    .object({ name: objectName.describe('Name of the Secret'), key: text.describe('Key in the Secret').optional() })
    .describe('Takes the value from a Secret')
    .optional(),
});

/** The spec of a Dapr component. */
export const componentSpec = z.object({
  type: z.string().max(253).describe('Type of the component, such as bindings.kafka'),
  version: z.string().max(63).describe('Version of the component type').optional(),
  ignoreErrors: z.boolean().describe('Whether the function starts without it').optional(),
  initTimeout: z.string().max(64).describe('Limit of its start').optional(),
  metadata: z.array(componentMetadata.describe('One setting')).max(256).describe('Its settings').optional(),
});

export const daprTrigger = z.object({
  name: text.describe('Key in bindings or pubsub, or name of a component'),
  type: text.describe('Type of the component; looked up when absent').optional(),
  topic: text.describe('Topic to subscribe to').optional(),
  inputName: text.describe('Former name of name').optional(),
});

export const daprOutput = z.object({
  name: text.describe('Key in bindings or pubsub, or name of a component'),
  type: text.describe('Type of the component; looked up when absent').optional(),
  topic: text.describe('Topic to publish to').optional(),
  metadata: scalarMap.describe('Metadata of each call').optional(),
  operation: text.describe('Operation of the binding').optional(),
  outputName: text.describe('Former name of name').optional(),
});
