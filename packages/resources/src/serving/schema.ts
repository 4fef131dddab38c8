import { z } from 'zod';
import { objectMeta } from '../schema/meta.ts';
import { servingTemplate } from '../schema/serving.ts';
import { commonStatus, progress } from '../schema/status.ts';
import { imageReference, localReference, stringMap, version } from '../schema/text.ts';

const text = z.string();

export const servingSpec = servingTemplate.extend({
  workloadRuntime: z.string().max(63).describe('OCIContainer, which is the default, or wasmedge').optional(),
  version: version.describe('Version of the function').optional(),
  image: imageReference.describe('What is served'),
  imageCredentials: localReference.describe('Secret to pull the image with').optional(),
});

export const servingStatus = commonStatus.extend(progress.shape).extend({
  phase: text.describe('Serving').optional(),
  resourceRef: stringMap.describe('What runs the instances').optional(),
  url: text.describe('Where it is served').optional(),
  replicas: z.int().describe('Instances that are ready or starting').optional(),
  readyReplicas: z.int().describe('Instances that are ready').optional(),
  selector: text.describe('Labels of the instances, as text').optional(),
});

export const servingSchema = z.object({
  apiVersion: z.literal('core.openfunction.io/v1beta2'),
  kind: z.literal('Serving'),
  metadata: objectMeta,
  spec: servingSpec.describe('What is wanted'),
  status: servingStatus.describe('What is there').optional(),
});

export type ServingSpec = z.infer<typeof servingSpec>;
export type ServingStatus = z.infer<typeof servingStatus>;
export type Serving = z.infer<typeof servingSchema>;
