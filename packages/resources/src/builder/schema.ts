import { z } from 'zod';
import { build, commonStatus, localReference, objectMeta, progress, source, stringMap } from '../schema/parts.ts';

export const builderSpec = build.extend({
  image: z.string(),
  imageCredentials: localReference.optional(),
  state: z.string().describe('Cancelled stops the build').optional(),
});

export const builderStatus = commonStatus.extend(progress.shape).extend({
  phase: z.string().optional(),
  buildDuration: z.string().optional(),
  resourceRef: stringMap.optional(),
  output: z.object({ digest: z.string().optional(), size: z.number().optional() }).optional(),
  sources: z.array(source).optional(),
});

export const builderSchema = z.object({
  apiVersion: z.literal('core.openfunction.io/v1beta2'),
  kind: z.literal('Builder'),
  metadata: objectMeta,
  spec: builderSpec,
  status: builderStatus.optional(),
});

export type BuilderSpec = z.infer<typeof builderSpec>;
export type BuilderStatus = z.infer<typeof builderStatus>;
export type Builder = z.infer<typeof builderSchema>;
