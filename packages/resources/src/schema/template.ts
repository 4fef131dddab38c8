import { z } from 'zod';
import {
  count,
  envName,
  imageReference,
  intOrString,
  localReference,
  objectName,
  opaque,
  port,
  quantity,
  stringMap,
  text,
} from './text.ts';

const byName = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] };
const positive = z.int().min(1).max(2_147_483_647);
const optional = z.boolean().describe('Whether it may be absent').optional();

const keyReference = (what: string) =>
  z.object({ name: objectName.describe(`Name of the ${what}`), key: z.string().max(253).describe(`Key in the ${what}`), optional });
const mapReference = (what: string) => z.object({ name: objectName.describe(`Name of the ${what}`), optional });

const probe = z.object({
  httpGet: z
    .object({
      path: text.describe('Path to ask for').optional(),
      port: intOrString.describe('Number or name of the port'),
      scheme: z.string().max(16).describe('HTTP or HTTPS').optional(),
    })
    .describe('Healthy when the answer is below 400')
    .optional(),
  tcpSocket: z
    .object({ port: intOrString.describe('Number or name of the port') })
    .describe('Healthy when a connection opens')
    .optional(),
  exec: z
    .object({ command: z.array(text.describe('One word')).max(64).describe('The command').optional() })
    .describe('Healthy when the command ends with 0')
    .optional(),
  initialDelaySeconds: count.describe('Seconds before the first probe').optional(),
  periodSeconds: positive.describe('Seconds between probes').optional(),
  timeoutSeconds: positive.describe('Limit of one probe').optional(),
  successThreshold: positive.describe('Successes in a row that make it healthy').optional(),
  failureThreshold: positive.describe('Failures in a row that make it unhealthy').optional(),
});

const env = z.object({
  name: envName.describe('Name of the variable'),
  value: z.string().max(131_072).describe('Its value').optional(),
  valueFrom: z
    .object({
      secretKeyRef: keyReference('Secret').describe('From a Secret').optional(),
      configMapKeyRef: keyReference('ConfigMap').describe('From a ConfigMap').optional(),
    })
    .describe('Where its value comes from')
    .optional(),
});

const envFrom = z.object({
  prefix: z.string().max(253).describe('Put before each name').optional(),
  secretRef: mapReference('Secret').describe('A Secret, whose keys become variables').optional(),
  configMapRef: mapReference('ConfigMap').describe('A ConfigMap, whose keys become variables').optional(),
});

const quantities = z.record(z.string(), quantity.describe('A quantity, such as 500m or 128Mi'));

const container = z.object({
  name: z.string().max(63).describe('Name; the container of the function is called function'),
  image: imageReference.describe('Image; of the function by default').optional(),
  command: z.array(text.describe('One word')).max(256).describe('Command instead of that of the image').optional(),
  args: z.array(text.describe('One word')).max(256).describe('Arguments instead of those of the image').optional(),
  workingDir: text.describe('Folder in which it starts').optional(),
  env: z.array(env.describe('One variable')).max(256).describe('Environment variables').optional(),
  envFrom: z.array(envFrom.describe('One source of variables')).max(64).describe('Variables from Secrets and ConfigMaps').optional(),
  resources: z
    .object({ limits: quantities.describe('At most').optional(), requests: quantities.describe('At least').optional() })
    .describe('Compute resources')
    .optional(),
  ports: z
    .array(
      z
        .object({
          name: z.string().max(63).describe('Name of the port').optional(),
          containerPort: port.describe('Number of the port'),
          protocol: z.string().max(8).describe('TCP by default').optional(),
        })
        .describe('One port'),
    )
    .max(64)
    .describe('Ports')
    .optional(),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).describe('When the image is pulled').optional(),
  livenessProbe: probe.describe('When it fails, the instance is replaced').optional(),
  readinessProbe: probe.describe('While it fails, the instance gets no requests').optional(),
  startupProbe: probe.describe('Until it succeeds, the other probes wait').optional(),
  volumeMounts: z
    .array(
      z
        .object({
          name: z.string().max(63).describe('Name of the volume'),
          mountPath: z.string().max(1024).describe('Where it appears'),
          subPath: z.string().max(1024).describe('Folder within the volume').optional(),
          readOnly: z.boolean().describe('Whether it cannot be written').optional(),
        })
        .describe('One mount'),
    )
    .max(64)
    .describe('Where volumes appear')
    .optional(),
});

const items = z
  .array(
    z.object({ key: z.string().max(253).describe('The key'), path: z.string().max(1024).describe('Path of its file') }).describe('One key'),
  )
  .max(256)
  .describe('Which keys become files, and where; all when absent')
  .optional();

const volume = z.object({
  name: z.string().max(63).describe('Name of the volume'),
  emptyDir: z
    .object({
      medium: z.string().max(32).describe('Memory, or empty for disk').optional(),
      sizeLimit: quantity.describe('At most so large').optional(),
    })
    .describe('An empty folder')
    .optional(),
  configMap: z
    .object({ name: objectName.describe('Name of the ConfigMap'), items, optional })
    .describe('A ConfigMap as files')
    .optional(),
  secret: z
    .object({ secretName: objectName.describe('Name of the Secret'), items, optional })
    .describe('A Secret as files')
    .optional(),
  persistentVolumeClaim: z
    .object({
      claimName: objectName.describe('Name of the claim'),
      readOnly: z.boolean().describe('Whether it cannot be written').optional(),
    })
    .describe('A claimed volume')
    .optional(),
});

const toleration = z.object({
  key: z.string().max(317).describe('Key of the taint').optional(),
  operator: z.string().max(16).describe('Exists or Equal').optional(),
  value: z.string().max(63).describe('Value of the taint').optional(),
  effect: z.string().max(32).describe('Effect of the taint').optional(),
  tolerationSeconds: z.int().describe('How long it is tolerated').optional(),
});

/** The part of a PodSpec that a function may set. What Kubernetes has and is not here is refused. */
export const podTemplate = z.object({
  containers: z.array(container.describe('One container')).max(12).meta(byName).describe('Containers').optional(),
  volumes: z.array(volume.describe('One volume')).max(64).meta(byName).describe('Volumes').optional(),
  nodeSelector: stringMap.describe('Labels that the node must have').optional(),
  tolerations: z.array(toleration.describe('One toleration')).max(64).describe('Taints of nodes that do not keep it away').optional(),
  affinity: z
    .object({ nodeAffinity: opaque.describe('Which nodes are preferred or needed').optional() })
    .describe('Where it is to run')
    .optional(),
  serviceAccountName: objectName.describe('Service account of the same namespace').optional(),
  imagePullSecrets: z.array(localReference.describe('One Secret')).max(16).describe('Secrets to pull images with').optional(),
  terminationGracePeriodSeconds: count.describe('Seconds that an instance has to end').optional(),
  runtimeClassName: objectName.describe('Runtime class of the pod').optional(),
  topologySpreadConstraints: z.array(opaque.describe('One constraint')).max(16).describe('How instances are spread').optional(),
});
