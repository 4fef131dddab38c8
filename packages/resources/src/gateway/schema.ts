import { z } from 'zod';
import { objectMeta } from '../schema/meta.ts';
import { commonStatus } from '../schema/status.ts';
import { domain, hostname, objectName, opaque, port } from '../schema/text.ts';

const text = z.string();
const name = objectName.describe('Name of the Kubernetes Gateway');
const namespace = objectName.describe('Namespace of the Kubernetes Gateway');

const listener = z.looseObject({
  name: z.string().max(253).describe('Name of the listener'),
  port: port.describe('Port of the listener'),
  protocol: z.string().max(255).describe('Protocol of the listener'),
  hostname: hostname.describe('Host names that it takes').optional(),
});

export const gatewaySpec = z.object({
  domain: domain.describe('Suffix of the external host names of functions'),
  clusterDomain: domain.describe('Suffix of names inside the cluster; cluster.local by default').optional(),
  hostTemplate: z.string().max(512).describe('Host name of a function; {{.Name}}.{{.Namespace}}.{{.Domain}} by default').optional(),
  pathTemplate: z.string().max(512).describe('Path of a function under its own host names; {{.Namespace}}/{{.Name}} by default').optional(),
  httpRouteLabelKey: z.string().max(317).describe('Label of HTTPRoutes; app.kubernetes.io/managed-by by default').optional(),
  gatewayRef: z.object({ name, namespace }).describe('Uses an existing Kubernetes Gateway').optional(),
  gatewayDef: z
    .object({ name, namespace, gatewayClassName: objectName.describe('Class of the Kubernetes Gateway') })
    .describe('Makes a Kubernetes Gateway')
    .optional(),
  gatewaySpec: z
    .object({
      listeners: z
        .array(listener.describe('One listener'))
        .max(64)
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
        .describe('Where it listens')
        .optional(),
    })
    .describe('Settings of the Kubernetes Gateway')
    .optional(),
});

export const gatewayStatus = commonStatus.extend({
  addresses: z
    .array(
      z.object({ type: text.describe('Hostname or IPAddress').optional(), value: text.describe('The address') }).describe('One address'),
    )
    .describe('Where it can be reached')
    .optional(),
  listeners: z.array(opaque.describe('One listener')).describe('What is known of its listeners').optional(),
});

export const gatewaySchema = z.object({
  apiVersion: z.literal('networking.openfunction.io/v1alpha1'),
  kind: z.literal('Gateway'),
  metadata: objectMeta,
  spec: gatewaySpec.describe('What is wanted'),
  status: gatewayStatus.describe('What is there').optional(),
});

export type GatewaySpec = z.infer<typeof gatewaySpec>;
export type GatewayStatus = z.infer<typeof gatewayStatus>;
export type Gateway = z.infer<typeof gatewaySchema>;
