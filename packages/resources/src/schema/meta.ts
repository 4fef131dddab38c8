import { z } from 'zod';

const text = z.string();
const map = z.record(text, text);

export const condition = z
  .object({
    type: text.describe('What the condition is about, in CamelCase'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds'),
    reason: text.describe('Why, in one CamelCase word'),
    message: text.describe('Why, in a sentence'),
    lastTransitionTime: text.describe('When the status last changed'),
    observedGeneration: z.int().describe('The generation of the object that this was said of').optional(),
  })
  .describe('A standard condition');

const ownerReference = z.object({
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
  labels: map.optional(),
  annotations: map.optional(),
  ownerReferences: z.array(ownerReference).optional(),
  managedFields: z.array(z.unknown()).optional(),
  generateName: text.optional(),
});
