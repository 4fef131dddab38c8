import { z } from 'zod';
import { count, duration, gitUrl, imageReference, localReference, objectName, opaque, envMap, text } from './text.ts';

const shipwright = z.object({
  strategy: z
    .object({ name: objectName.describe('Name of the strategy'), kind: text.describe('BuildStrategy or ClusterBuildStrategy').optional() })
    .describe('The build strategy')
    .optional(),
  params: z.array(opaque.describe('One parameter')).max(64).describe('Parameters of the strategy').optional(),
  timeout: duration.describe('Limit of the Shipwright build').optional(),
});

const srcRepo = z.object({
  url: gitUrl.describe('URL of a git repository').optional(),
  bundleContainer: z
    .object({ image: imageReference.describe('The image') })
    .describe('An image that holds the source; wins over url')
    .optional(),
  revision: z.string().max(256).describe('Branch, tag or commit; by default the main branch').optional(),
  sourceSubPath: z.string().max(1024).describe('The folder of the function, within the source').optional(),
  credentials: localReference.describe('Secret for the git repository').optional(),
});

/** `spec.build` of a Function, inline in the spec of a Builder. */
export const build = z.object({
  builder: imageReference.describe('Builder image; says how and for which language is built').optional(),
  builderCredentials: localReference.describe('Secret to pull the builder image with').optional(),
  shipwright: shipwright.describe('Settings for Shipwright builds').optional(),
  env: envMap.describe('Variables of the build, such as FUNC_NAME').optional(),
  srcRepo: srcRepo.describe('Where the source is'),
  dockerfile: z.string().max(1024).describe('Path of a Dockerfile, instead of a builder').optional(),
  timeout: duration.describe('Limit of the whole build, from its creation').optional(),
  successfulBuildsHistoryLimit: count.describe('Superseded successful builds to keep; 0 by default').optional(),
  failedBuildsHistoryLimit: count.describe('Superseded failed builds to keep; 1 by default').optional(),
  builderMaxAge: duration.describe('Superseded builds older than this are deleted; 0 keeps them').optional(),
});
