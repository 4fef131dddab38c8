import { z } from 'zod';
import { objectMeta } from '../schema/meta.ts';
import { objectName } from '../schema/text.ts';

const group = z.string().max(253).describe('API group; empty for the core group');
const kind = z.string().min(1).max(63).describe('Kind of the objects');

const from = z.object({ group, kind, namespace: objectName.describe('Namespace that may refer to this one') });
const to = z.object({ group, kind, name: objectName.or(z.literal('')).describe('The one object; all of the kind when absent').optional() });

/** The Gateway API's ReferenceGrant: what of its own namespace others may name. */
export const referenceGrantSchema = z.object({
  apiVersion: z.literal('gateway.networking.k8s.io/v1beta1'),
  kind: z.literal('ReferenceGrant'),
  metadata: objectMeta,
  spec: z
    .object({
      from: z.array(from.describe('One origin')).min(1).max(16).describe('Who may refer'),
      to: z.array(to.describe('One target')).min(1).max(16).describe('What may be referred to'),
    })
    .describe('What is allowed'),
});

export type ReferenceGrant = z.infer<typeof referenceGrantSchema>;
