import { z } from 'zod';
import { commonStatus, objectMeta, opaque } from '../schema/parts.ts';

const text = z.string();
const listener = z.looseObject({
  name: text,
  port: z.int().min(1).max(65535),
  protocol: text,
  hostname: text.optional(),
});

export const gatewaySpec = z.object({
  domain: text,
  clusterDomain: text.optional(),
  hostTemplate: text.optional(),
  pathTemplate: text.optional(),
  httpRouteLabelKey: text.optional(),
  gatewayRef: z.object({ name: text, namespace: text }).optional(),
  gatewayDef: z.object({ name: text, namespace: text, gatewayClassName: text }).optional(),
  gatewaySpec: z.object({ listeners: z.array(listener).optional() }).optional(),
});

export const gatewayStatus = commonStatus.extend({
  addresses: z.array(z.object({ type: text.optional(), value: text })).optional(),
  listeners: z.array(opaque).optional(),
});

export const gatewaySchema = z.object({
  apiVersion: z.literal('networking.openfunction.io/v1alpha1'),
  kind: z.literal('Gateway'),
  metadata: objectMeta,
  spec: gatewaySpec,
  status: gatewayStatus.optional(),
});

export type GatewaySpec = z.infer<typeof gatewaySpec>;
export type GatewayStatus = z.infer<typeof gatewayStatus>;
export type Gateway = z.infer<typeof gatewaySchema>;
