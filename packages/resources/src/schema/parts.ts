import { z } from 'zod';

const text = z.string();
const intOrString = z.union([z.int(), text]);

/** Published samples give numbers and booleans where Dapr and KEDA want text. */
export const scalarMap = z.record(text, z.union([text, z.number(), z.boolean()]));
export const stringMap = z.record(text, text);
export const opaque = z.record(text, z.unknown());
export const localReference = z.object({ name: text });
export const duration = text.describe('A duration such as 90s or 1h30m');
export const state = z.enum([
  'Created',
  'Building',
  'Starting',
  'Running',
  'Succeeded',
  'Failed',
  'Skipped',
  'Timeout',
  'Canceled',
  'UnknownRuntime',
]);

/** Every state that a Function, a Builder or a Serving can be in. */
export const states = state.options;
export type State = z.infer<typeof state>;

export const condition = z.object({
  type: text,
  status: z.enum(['True', 'False', 'Unknown']),
  reason: text,
  message: text,
  lastTransitionTime: text,
  observedGeneration: z.int().optional(),
});

export const ownerReference = z.object({
  apiVersion: text,
  kind: text,
  name: text,
  uid: text,
  controller: z.boolean().optional(),
  blockOwnerDeletion: z.boolean().optional(),
});

export const objectMeta = z.object({
  name: text,
  namespace: text.optional(),
  uid: text.optional(),
  resourceVersion: text.optional(),
  generation: z.int().optional(),
  creationTimestamp: text.optional(),
  deletionTimestamp: text.optional(),
  deletionGracePeriodSeconds: z.int().optional(),
  finalizers: z.array(text).optional(),
  labels: stringMap.optional(),
  annotations: stringMap.optional(),
  ownerReferences: z.array(ownerReference).optional(),
  managedFields: z.array(z.unknown()).optional(),
  generateName: text.optional(),
});

export const source = z.object({
  name: text,
  git: z.object({ commitSha: text.optional(), commitAuthor: text.optional(), branchName: text.optional() }).optional(),
  bundle: z.object({ digest: text.optional() }).optional(),
});

const keyReference = z.object({ name: text, key: text, optional: z.boolean().optional() });
const mapReference = z.object({ name: text, optional: z.boolean().optional() });
const probe = z.object({
  httpGet: z.object({ path: text.optional(), port: intOrString, scheme: text.optional() }).optional(),
  tcpSocket: z.object({ port: intOrString }).optional(),
  exec: z.object({ command: z.array(text).optional() }).optional(),
  initialDelaySeconds: z.int().min(0).optional(),
  periodSeconds: z.int().min(1).optional(),
  timeoutSeconds: z.int().min(1).optional(),
  successThreshold: z.int().min(1).optional(),
  failureThreshold: z.int().min(1).optional(),
});
const quantities = z.record(z.string(), intOrString);

export const container = z.object({
  name: text,
  image: text.optional(),
  command: z.array(text).optional(),
  args: z.array(text).optional(),
  workingDir: text.optional(),
  env: z
    .array(
      z.object({
        name: text,
        value: text.optional(),
        valueFrom: z.object({ secretKeyRef: keyReference.optional(), configMapKeyRef: keyReference.optional() }).optional(),
      }),
    )
    .optional(),
  envFrom: z
    .array(
      z.object({
        prefix: text.optional(),
        secretRef: mapReference.optional(),
        configMapRef: mapReference.optional(),
      }),
    )
    .optional(),
  resources: z.object({ limits: quantities.optional(), requests: quantities.optional() }).optional(),
  ports: z.array(z.object({ name: text.optional(), containerPort: z.int(), protocol: text.optional() })).optional(),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  startupProbe: probe.optional(),
  volumeMounts: z
    .array(
      z.object({
        name: text,
        mountPath: text,
        subPath: text.optional(),
        readOnly: z.boolean().optional(),
      }),
    )
    .optional(),
});

const items = z.array(z.object({ key: text, path: text })).optional();
const volume = z.object({
  name: text,
  emptyDir: z.object({ medium: text.optional(), sizeLimit: intOrString.optional() }).optional(),
  configMap: z.object({ name: text, items, optional: z.boolean().optional() }).optional(),
  secret: z.object({ secretName: text, items, optional: z.boolean().optional() }).optional(),
  persistentVolumeClaim: z.object({ claimName: text, readOnly: z.boolean().optional() }).optional(),
});

/** The part of a PodSpec that a function may set. */
export const podTemplate = z.object({
  containers: z.array(container).optional(),
  volumes: z.array(volume).optional(),
  nodeSelector: stringMap.optional(),
  tolerations: z.array(opaque).optional(),
  affinity: z.object({ nodeAffinity: opaque.optional() }).optional(),
  serviceAccountName: text.optional(),
  imagePullSecrets: z.array(localReference).optional(),
  terminationGracePeriodSeconds: z.int().min(0).optional(),
  runtimeClassName: text.optional(),
  topologySpreadConstraints: z.array(opaque).optional(),
});

const componentSpec = z.object({
  type: text,
  version: text.optional(),
  ignoreErrors: z.boolean().optional(),
  initTimeout: text.optional(),
  metadata: z
    .array(
      z.object({
        name: text,
        value: z.union([text, z.number(), z.boolean()]).optional(),
        secretKeyRef: z.object({ name: text, key: text.optional() }).optional(),
      }),
    )
    .optional(),
});
const daprTrigger = z.object({
  name: text,
  type: text.optional(),
  topic: text.optional(),
  inputName: text.optional(),
});
const reference = z.object({ name: text, namespace: text.optional() });

/** `spec.serving` of a Function, inline in the spec of a Serving. */
export const servingTemplate = z.object({
  triggers: z
    .object({
      http: z
        .object({
          port: z.int().min(1).max(65535).optional(),
          engine: z.enum(['knative', 'keda']).optional(),
          route: z
            .object({
              gatewayRef: reference.optional(),
              hostnames: z.array(text).max(16).optional(),
              rules: z.array(opaque).max(16).optional(),
            })
            .optional(),
        })
        .optional(),
      dapr: z.array(daprTrigger).optional(),
      inputs: z.array(z.object({ dapr: daprTrigger.optional() })).optional(),
    })
    .optional(),
  scaleOptions: z
    .object({
      minReplicas: z.int().min(0).optional(),
      maxReplicas: z.int().min(0).optional(),
      knative: scalarMap.optional(),
      keda: z
        .object({
          httpScaledObject: z
            .object({
              targetPendingRequests: z.int().min(1).optional(),
              cooldownPeriod: z.int().min(0).optional(),
            })
            .optional(),
          scaledObject: z
            .object({
              pollingInterval: z.int().min(0).optional(),
              cooldownPeriod: z.int().min(0).optional(),
              advanced: opaque.optional(),
              fallback: z.object({ failureThreshold: z.int().min(1), replicas: z.int().min(0) }).optional(),
            })
            .optional(),
          scaledJob: opaque.optional(),
          triggers: z
            .array(
              z.object({
                type: text,
                name: text.optional(),
                metadata: scalarMap.optional(),
                authenticationRef: z.object({ name: text, kind: text.optional() }).optional(),
              }),
            )
            .optional(),
        })
        .optional(),
    })
    .optional(),
  outputs: z
    .array(
      z.object({
        dapr: z
          .object({
            name: text,
            type: text.optional(),
            topic: text.optional(),
            metadata: scalarMap.optional(),
            operation: text.optional(),
            outputName: text.optional(),
          })
          .optional(),
      }),
    )
    .optional(),
  bindings: z.record(text, componentSpec).optional(),
  pubsub: z.record(text, componentSpec).optional(),
  states: z.record(text, z.object({ spec: componentSpec.optional() })).optional(),
  params: scalarMap.optional(),
  labels: stringMap.optional(),
  annotations: stringMap.optional(),
  template: podTemplate.optional(),
  timeout: duration.optional(),
  hooks: z
    .object({
      pre: z.array(text).optional(),
      post: z.array(text).optional(),
      policy: z.enum(['Append', 'Override']).optional(),
    })
    .optional(),
  tracing: opaque.optional(),
  workloadType: z.enum(['', 'Deployment', 'StatefulSet', 'Job']).optional(),
});

/** `spec.build` of a Function, inline in the spec of a Builder. */
export const build = z.object({
  builder: text.optional(),
  builderCredentials: localReference.optional(),
  shipwright: z
    .object({
      strategy: z.object({ name: text, kind: text.optional() }).optional(),
      params: z.array(opaque).optional(),
      timeout: duration.optional(),
    })
    .optional(),
  env: scalarMap.optional(),
  srcRepo: z.object({
    url: text.optional(),
    bundleContainer: z.object({ image: text }).optional(),
    revision: text.optional(),
    sourceSubPath: text.optional(),
    credentials: localReference.optional(),
  }),
  dockerfile: text.optional(),
  timeout: duration.optional(),
  successfulBuildsHistoryLimit: z.int().min(0).optional(),
  failedBuildsHistoryLimit: z.int().min(0).optional(),
  builderMaxAge: duration.optional(),
});

/** What every status says. */
export const commonStatus = z.object({
  observedGeneration: z.int().optional(),
  conditions: z.array(condition).optional(),
});

/** What the status of a Builder, of a Serving, and of each half of a Function says. */
export const progress = z.object({
  state: z.union([state, z.literal('')]).optional(),
  reason: text.optional(),
  message: text.optional(),
});
