import { z } from 'zod';
import { objectMeta } from '../schema/meta.ts';
import { olderEntry, olderServing } from '../schema/v1beta1.ts';
import { servingSpec, servingStatus } from './schema.ts';

const { image, imageCredentials, version, workloadRuntime } = servingSpec.shape;

/** A Serving as v1beta1 wrote it; its status is that of the stored version. */
export const olderServingSchema = z.object({
  apiVersion: z.literal('core.openfunction.io/v1beta1'),
  kind: z.literal('Serving'),
  metadata: objectMeta,
  spec: olderServing.extend({ image, imageCredentials, version, workloadRuntime, port: olderEntry.port }).describe('What is wanted'),
  status: servingStatus.describe('What is there').optional(),
});
