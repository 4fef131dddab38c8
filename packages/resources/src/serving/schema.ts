import { z } from 'zod';
import { commonStatus, localReference, objectMeta, progress, servingTemplate, stringMap } from '../schema/parts.ts';

export const servingSpec = servingTemplate.extend({
  workloadRuntime: z.string().optional(),
  version: z.string().optional(),
  image: z.string(),
  imageCredentials: localReference.optional(),
});

export const servingStatus = commonStatus.extend(progress.shape).extend({
  phase: z.string().optional(),
  resourceRef: stringMap.optional(),
  url: z.string().optional(),
  replicas: z.int().optional(),
  readyReplicas: z.int().optional(),
});

export const servingSchema = z.object({
  apiVersion: z.literal('core.openfunction.io/v1beta2'),
  kind: z.literal('Serving'),
  metadata: objectMeta,
  spec: servingSpec,
  status: servingStatus.optional(),
});

export type ServingSpec = z.infer<typeof servingSpec>;
export type ServingStatus = z.infer<typeof servingStatus>;
export type Serving = z.infer<typeof servingSchema>;
