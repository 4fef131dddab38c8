import { z } from 'zod';
import { headerName, routeFilter } from './route-filter.ts';
import { duration, hostname, namespacedReference, opaque } from './text.ts';

const pathMatch = z.object({
  type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).describe('How the value is compared; PathPrefix by default').optional(),
  value: z
    .string()
    .max(1024)
    .regex(/^\//, { error: 'must begin with "/"; write it before the path' })
    .describe('The path, from its slash on; a regular expression is RE2 and matches all of it')
    .optional(),
});

const type = z.enum(['Exact', 'RegularExpression']).describe('How the value is compared; Exact by default').optional();

const headerMatch = z.object({
  type,
  name: headerName.describe('Name of the header, in any case'),
  value: z.string().min(1).max(4096).describe('Its value; several headers of the name count as one with commas'),
});

const queryMatch = z.object({
  type,
  name: z.string().min(1).max(256).describe('Name of the parameter'),
  value: z.string().min(1).max(1024).describe('Its value; every parameter of the name must have it'),
});

const match = z.object({
  path: pathMatch.describe('Path of the request').optional(),
  headers: z.array(headerMatch.describe('One header')).max(16).describe('Headers of the request').optional(),
  queryParams: z.array(queryMatch.describe('One parameter')).max(16).describe('Query parameters of the request').optional(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).describe('Method of the request').optional(),
});

const timeouts = z.object({
  request: duration.describe('From the request to the end of its answer; 0s for no limit').optional(),
  backendRequest: duration.describe('The same without the wait for an instance; 0s for no limit').optional(),
});

const rule = z.object({
  name: z.string().max(253).describe('Name of the rule').optional(),
  matches: z.array(match.describe('One condition')).max(8).describe('The rule is for requests that meet any of these').optional(),
  filters: z.array(routeFilter.describe('One filter')).max(16).describe('What is changed on the way').optional(),
  timeouts: timeouts.describe('How long requests of this rule may take').optional(),
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

export type RouteSpec = z.infer<typeof route>;
export type RouteRule = z.infer<typeof rule>;
export type RouteRuleMatch = z.infer<typeof match>;
export type RouteFilter = z.infer<typeof routeFilter>;
