import { z } from 'zod';
import { objectMeta } from '../schema/meta.ts';
import { olderBuild, olderEntry } from '../schema/v1beta1.ts';
import { builderSpec, builderStatus } from './schema.ts';

const { image, imageCredentials, state } = builderSpec.shape;

/** A Builder as v1beta1 wrote it; its status is that of the stored version. */
export const olderBuilderSchema = z.object({
  apiVersion: z.literal('core.openfunction.io/v1beta1'),
  kind: z.literal('Builder'),
  metadata: objectMeta,
  spec: olderBuild.extend({ image, imageCredentials, state, port: olderEntry.port }).describe('What is wanted'),
  status: builderStatus.describe('What is there').optional(),
});
