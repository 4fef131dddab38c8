import { z } from 'zod';
import { build } from '../schema/build.ts';
import { objectMeta } from '../schema/meta.ts';
import { servingTemplate } from '../schema/serving.ts';
import { commonStatus, progress, sources } from '../schema/status.ts';
import { imageReference, localReference, version } from '../schema/text.ts';

const text = z.string();

const half = progress.extend({
  resourceRef: text.describe('Name of the Builder or Serving').optional(),
  lastSuccessfulResourceRef: text.describe('Name of the last one that succeeded').optional(),
  resourceHash: text.describe('Digest of what it was made of').optional(),
  service: text.describe('Where it is served').optional(),
  buildDuration: text.describe('How long the build took').optional(),
});

export const functionSpec = z.object({
  workloadRuntime: z.string().max(63).describe('OCIContainer, which is the default, or wasmedge').optional(),
  version: version.describe('Version of the function; latest by default').optional(),
  image: imageReference.describe('What is built to, and served from'),
  imageCredentials: localReference.describe('Secret to push and pull the image with').optional(),
  build: build.describe('How the image is built; absent when it exists').optional(),
  serving: servingTemplate.describe('How the image is served; absent when it is only built').optional(),
});

const route = z.object({
  hosts: z.array(text.describe('One host name')).describe('Host names of the function').optional(),
  paths: z
    .array(z.object({ type: text.describe('Exact or PathPrefix'), value: text.describe('The path') }).describe('One path'))
    .describe('Paths of the function')
    .optional(),
  conditions: commonStatus.shape.conditions.describe('Whether its hosts and paths are its own'),
});

export const functionStatus = commonStatus.extend({
  build: half.describe('The build').optional(),
  serving: half.describe('The serving').optional(),
  route: route.describe('Where requests come in').optional(),
  addresses: z
    .array(
      z
        .object({ type: z.enum(['Internal', 'External']).describe('From where it can be reached'), value: text.describe('The URL') })
        .describe('One address'),
    )
    .describe('URLs of the function')
    .optional(),
  revision: z
    .object({ imageDigest: text.describe('Digest of the last successful build').optional() })
    .describe('What is served')
    .optional(),
  sources: sources.optional(),
  replicas: z.int().describe('Instances that are ready').optional(),
  selector: text.describe('Labels of the instances, as text').optional(),
});

export const functionSchema = z.object({
  apiVersion: z.literal('core.openfunction.io/v1beta2'),
  kind: z.literal('Function'),
  metadata: objectMeta,
  spec: functionSpec.describe('What is wanted'),
  status: functionStatus.describe('What is there').optional(),
});

export type BuildSpec = z.infer<typeof build>;
export type ServingTemplateSpec = z.infer<typeof servingTemplate>;
export type FunctionSpec = z.infer<typeof functionSpec>;
export type FunctionStatus = z.infer<typeof functionStatus>;
export type OFunction = z.infer<typeof functionSchema>;
