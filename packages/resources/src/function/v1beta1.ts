import { z } from 'zod';
import { objectMeta } from '../schema/meta.ts';
import { olderBuild, olderEntry, olderServing } from '../schema/v1beta1.ts';
import { functionSpec, functionStatus } from './schema.ts';

/** A Function as v1beta1 wrote it; its status is that of the stored version. */
export const olderFunctionSchema = z.object({
  apiVersion: z.literal('core.openfunction.io/v1beta1'),
  kind: z.literal('Function'),
  metadata: objectMeta,
  spec: functionSpec
    .extend({
      ...olderEntry,
      build: olderBuild.describe('How the image is built; absent when it exists').optional(),
      serving: olderServing.describe('How the image is served; absent when it is only built').optional(),
    })
    .describe('What is wanted'),
  status: functionStatus.describe('What is there').optional(),
});
