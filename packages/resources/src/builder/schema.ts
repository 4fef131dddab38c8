import { z } from 'zod';
import { build } from '../schema/build.ts';
import { objectMeta } from '../schema/meta.ts';
import { commonStatus, progress, sources } from '../schema/status.ts';
import { imageReference, localReference, stringMap } from '../schema/text.ts';

const text = z.string();

export const builderSpec = build.extend({
  image: imageReference.describe('What is built to'),
  imageCredentials: localReference.describe('Secret to push the image with').optional(),
  state: z.string().max(63).describe('Cancelled stops the build').optional(),
});

export const builderStatus = commonStatus.extend(progress.shape).extend({
  phase: text.describe('Build').optional(),
  buildDuration: text.describe('How long the build took').optional(),
  resourceRef: stringMap.describe('What runs the build').optional(),
  log: text.describe('The last of what the build wrote, once it has ended').optional(),
  output: z
    .object({ digest: text.describe('Its digest').optional(), size: z.number().describe('Its bytes').optional() })
    .describe('What was built')
    .optional(),
  sources: sources.optional(),
});

export const builderSchema = z.object({
  apiVersion: z.literal('core.openfunction.io/v1beta2'),
  kind: z.literal('Builder'),
  metadata: objectMeta,
  spec: builderSpec.describe('What is wanted'),
  status: builderStatus.describe('What is there').optional(),
});

export type BuilderSpec = z.infer<typeof builderSpec>;
export type BuilderStatus = z.infer<typeof builderStatus>;
export type Builder = z.infer<typeof builderSchema>;
