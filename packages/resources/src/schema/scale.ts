import { z } from 'zod';
import { count, objectName, opaque, scalarMap, text } from './text.ts';

const httpScaledObject = z.object({
  targetPendingRequests: z.int().min(1).max(2_147_483_647).describe('Requests in flight that one instance is to carry').optional(),
  cooldownPeriod: count.describe('Seconds without requests before the last instance goes').optional(),
});

const scaledObject = z.object({
  pollingInterval: count.describe('Seconds between looks at the source').optional(),
  cooldownPeriod: count.describe('Seconds without work before the last instance goes').optional(),
  advanced: opaque.describe('Settings of the HorizontalPodAutoscaler').optional(),
  fallback: z
    .object({
      failureThreshold: z.int().min(1).max(2_147_483_647).describe('Failed looks at the source before it is used'),
      replicas: count.describe('Instances then'),
    })
    .describe('What holds while the source cannot be read')
    .optional(),
});

export const metricType = z
  .enum(['AverageValue', 'Value'])
  .describe('Whether the target is that of one instance or of all together; AverageValue by default');

const trigger = z.object({
  type: text.describe('Type of the scaler'),
  name: text.describe('Name of the trigger').optional(),
  metadata: scalarMap.describe('Settings of the scaler').optional(),
  metricType: metricType.optional(),
  useCachedMetrics: z.boolean().describe('Without effect: each look asks the source').optional(),
  authenticationRef: z
    .object({ name: objectName.describe('Name of the TriggerAuthentication'), kind: text.describe('Its kind').optional() })
    .describe('Credentials for the source')
    .optional(),
});

export const scaleOptions = z.object({
  minReplicas: count.describe('Fewest instances; 0 by default').optional(),
  maxReplicas: count.describe('Most instances; 10 by default').optional(),
  knative: scalarMap.describe('Annotations for Knative Serving').optional(),
  keda: z
    .object({
      httpScaledObject: httpScaledObject.describe('Scaling on requests').optional(),
      scaledObject: scaledObject.describe('Scaling of a Deployment or StatefulSet').optional(),
      scaledJob: opaque.describe('Scaling of Jobs').optional(),
      triggers: z.array(trigger.describe('One source')).max(32).describe('Sources to scale on').optional(),
    })
    .describe('Settings for KEDA; at most one of httpScaledObject, scaledObject and scaledJob')
    .optional(),
});
