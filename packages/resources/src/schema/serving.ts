import { z } from 'zod';
import { mostConcurrency, mostQueued } from '../autoscaling/annotations.ts';
import { componentSpec, daprOutput, daprTrigger } from './component.ts';
import { route } from './route.ts';
import { scaleOptions } from './scale.ts';
import { podTemplate } from './template.ts';
import { duration, opaque, port, envMap, stringMap, text } from './text.ts';

const http = z.object({
  port: port.describe('Port of the function; 8080 by default').optional(),
  engine: z.enum(['knative', 'keda']).describe('Who scales the function; knative by default').optional(),
  route: route.describe('Where requests come in').optional(),
});

const triggers = z.object({
  http: http.describe('The function answers HTTP requests; so it does when no trigger is given').optional(),
  dapr: z.array(daprTrigger.describe('One trigger')).max(64).describe('The function is called with messages and events').optional(),
  inputs: z
    .array(z.object({ dapr: daprTrigger.describe('The component').optional() }).describe('One input'))
    .max(64)
    .describe('Further inputs, which call nothing')
    .optional(),
});

const hooks = z.object({
  pre: z.array(text.describe('Name of a hook')).max(64).describe('Run before the function').optional(),
  post: z.array(text.describe('Name of a hook')).max(64).describe('Run after the function').optional(),
  policy: z.enum(['Append', 'Override']).describe('How these join the global hooks; Append by default').optional(),
});

/** `spec.serving` of a Function, inline in the spec of a Serving. */
export const servingTemplate = z.object({
  triggers: triggers.describe('What calls the function').optional(),
  scaleOptions: scaleOptions.describe('How many instances there are').optional(),
  outputs: z
    .array(z.object({ dapr: daprOutput.describe('The component').optional() }).describe('One output'))
    .max(64)
    .describe('What the function may send to')
    .optional(),
  bindings: z.record(z.string(), componentSpec.describe('One component')).describe('Binding components, by name').optional(),
  pubsub: z.record(z.string(), componentSpec.describe('One component')).describe('Pub/sub components, by name').optional(),
  states: z
    .record(
      z.string(),
      z
        .object({ spec: componentSpec.describe('The component; absent for one that exists by this name').optional() })
        .describe('One state store'),
    )
    .describe('State stores, by name')
    .optional(),
  params: envMap.describe('Environment variables of the function').optional(),
  labels: stringMap.describe('Labels of the instances').optional(),
  annotations: stringMap.describe('Annotations of the instances').optional(),
  template: podTemplate.describe('The part of a pod template that a function may set').optional(),
  timeout: duration.describe('Time that a new version may take to become ready').optional(),
  containerConcurrency: z
    .int()
    .min(0)
    .max(mostConcurrency)
    .describe(
      'Requests that one instance takes at a time; 0 is as many as come, 100 unless a target says more. An addition to the schema of OpenFunction; before the annotation autoscaling.knative.dev/container-concurrency',
    )
    .optional(),
  queueLength: z
    .int()
    .min(1)
    .max(mostQueued)
    .describe(
      'Requests that may wait for an instance, in each gateway; 1000 by default. An addition to the schema of OpenFunction; before the annotation openfunction.io/queue-length',
    )
    .optional(),
  requestTimeout: duration
    .describe(
      'Time that one request may take at an instance; 5m by default, 24h at most. An addition to the schema of OpenFunction; before the annotation openfunction.io/request-timeout',
    )
    .optional(),
  hooks: hooks.describe('What runs around each call').optional(),
  tracing: opaque.describe('Tracing of each call').optional(),
  workloadType: z.enum(['', 'Deployment', 'StatefulSet', 'Job']).describe('What runs an asynchronous function').optional(),
});
