import { z } from 'zod';
import { build } from './build.ts';
import { componentSpec } from './component.ts';
import { route } from './route.ts';
import { servingTemplate } from './serving.ts';
import { metricType } from './scale.ts';
import { count, opaque, port, scalarMap, text } from './text.ts';

const inputOrOutput = z.object({
  name: text.describe('What the code calls it'),
  component: text.describe('Key in bindings or pubsub, or name of a component'),
  topic: text.describe('Topic, of a pub/sub component').optional(),
  params: scalarMap.describe('Metadata of each call').optional(),
  operation: text.describe('Operation of the binding').optional(),
});

const replicas = { maxReplicaCount: count.describe('Most instances; before maxReplicas').optional() };

const scaledObject = z.object({
  workloadType: z.enum(['', 'Deployment', 'StatefulSet']).describe('What runs the function').optional(),
  pollingInterval: count.describe('Seconds between looks at the source').optional(),
  cooldownPeriod: count.describe('Seconds without work before the last instance goes').optional(),
  minReplicaCount: count.describe('Fewest instances; before minReplicas').optional(),
  ...replicas,
  advanced: opaque.describe('Settings of the HorizontalPodAutoscaler').optional(),
});

const scaledJob = z.object({
  restartPolicy: z.enum(['OnFailure', 'Never']).describe('Restart policy of the pods').optional(),
  pollingInterval: count.describe('Seconds between looks at the source').optional(),
  successfulJobsHistoryLimit: count.describe('Successful Jobs to keep').optional(),
  failedJobsHistoryLimit: count.describe('Failed Jobs to keep').optional(),
  ...replicas,
  scalingStrategy: opaque.describe('How many Jobs are made').optional(),
});

const scaleOptions = z.object({
  maxReplicas: count.describe('Most instances; 10 by default').optional(),
  minReplicas: count.describe('Fewest instances; 0 by default').optional(),
  keda: z
    .object({
      scaledObject: scaledObject.describe('Scaling of a Deployment or StatefulSet').optional(),
      scaledJob: scaledJob.describe('Scaling of Jobs').optional(),
    })
    .describe('Settings for KEDA')
    .optional(),
  knative: scalarMap.describe('Annotations for Knative Serving').optional(),
});

const trigger = z.object({
  type: text.describe('Type of the scaler'),
  name: text.describe('Name of the trigger').optional(),
  metadata: scalarMap.describe('Settings of the scaler').optional(),
  metricType: metricType.optional(),
  useCachedMetrics: z.boolean().describe('Without effect: each look asks the source').optional(),
  authenticationRef: opaque.describe('Credentials for the source').optional(),
  targetKind: z.enum(['object', 'job']).describe('Which of scaledObject and scaledJob it is for').optional(),
});

/** `spec.build` of a v1beta1 Function, inline in the spec of a Builder. */
export const olderBuild = build.extend({
  shipwright: build.shape.shipwright.unwrap().omit({ params: true }).describe('Settings for Shipwright builds').optional(),
  params: z.record(z.string(), text).describe('Parameters of the build strategy').optional(),
});

/** `spec.serving` of a v1beta1 Function, inline in the spec of a Serving. */
export const olderServing = servingTemplate
  .pick({ bindings: true, pubsub: true, params: true, labels: true, annotations: true, template: true, timeout: true })
  .extend({
    runtime: z.enum(['knative', 'async']).describe('knative answers HTTP requests, async is called with messages and events'),
    scaleOptions: scaleOptions.describe('How many instances there are').optional(),
    inputs: z.array(inputOrOutput.describe('One input')).max(64).describe('Components that call the function').optional(),
    outputs: z.array(inputOrOutput.describe('One output')).max(64).describe('What the function may send to').optional(),
    states: z.record(z.string(), componentSpec.describe('One state store')).describe('State stores, by name').optional(),
    triggers: z.array(trigger.describe('One source')).max(32).describe('Sources to scale on').optional(),
  });

export const olderEntry = {
  port: port.describe('Port of the function; 8080 by default').optional(),
  route: route.describe('Where requests come in').optional(),
};
