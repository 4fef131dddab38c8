import { z } from 'zod';
import { build, commonStatus, localReference, objectMeta, progress, servingTemplate, source } from '../schema/parts.ts';

const text = z.string();
const half = progress.extend({
  resourceRef: text.optional(),
  lastSuccessfulResourceRef: text.optional(),
  resourceHash: text.optional(),
  service: text.optional(),
  buildDuration: text.optional(),
});

export const functionSpec = z.object({
  workloadRuntime: text.optional(),
  version: text.optional(),
  image: text,
  imageCredentials: localReference.optional(),
  build: build.optional(),
  serving: servingTemplate.optional(),
});

export const functionStatus = commonStatus.extend({
  build: half.optional(),
  serving: half.optional(),
  route: z
    .object({
      hosts: z.array(text).optional(),
      paths: z.array(z.object({ type: text, value: text })).optional(),
      conditions: commonStatus.shape.conditions,
    })
    .optional(),
  addresses: z.array(z.object({ type: z.enum(['Internal', 'External']), value: text })).optional(),
  revision: z.object({ imageDigest: text.optional() }).optional(),
  sources: z.array(source).optional(),
  replicas: z.int().optional(),
});

export const functionSchema = z.object({
  apiVersion: z.literal('core.openfunction.io/v1beta2'),
  kind: z.literal('Function'),
  metadata: objectMeta,
  spec: functionSpec,
  status: functionStatus.optional(),
});

export type BuildSpec = z.infer<typeof build>;
export type ServingTemplateSpec = z.infer<typeof servingTemplate>;
export type FunctionSpec = z.infer<typeof functionSpec>;
export type FunctionStatus = z.infer<typeof functionStatus>;
export type OFunction = z.infer<typeof functionSchema>;
