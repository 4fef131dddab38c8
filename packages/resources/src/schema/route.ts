import { z } from 'zod';
import { hostname, namespacedReference, opaque } from './text.ts';

const pathMatch = z.object({
  type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).describe('How the value is compared; PathPrefix by default').optional(),
  value: z.string().max(1024).regex(/^\//).describe('The path, from its slash on').optional(),
});

const match = z.object({
  path: pathMatch.describe('Path of the request').optional(),
  headers: z.array(opaque.describe('One header')).max(16).describe('Headers of the request').optional(),
  queryParams: z.array(opaque.describe('One parameter')).max(16).describe('Query parameters of the request').optional(),
  method: z.string().max(16).describe('Method of the request').optional(),
});

const rule = z.object({
  matches: z.array(match.describe('One condition')).max(8).describe('The rule is for requests that meet any of these').optional(),
  filters: z.array(opaque.describe('One filter')).max(16).describe('What is changed on the way').optional(),
  backendRefs: z.array(opaque.describe('One backend')).max(16).describe('Replaced by the function').optional(),
});

export const route = z.object({
  gatewayRef: namespacedReference.describe('The Gateway; openfunction/openfunction by default').optional(),
  hostnames: z
    .array(hostname.describe('One host name'))
    .max(16)
    .describe('Host names of the function; made from the hostTemplate of the Gateway when absent')
    .optional(),
  rules: z.array(rule.describe('One rule')).max(16).describe('Which requests are for the function; all when absent').optional(),
});
