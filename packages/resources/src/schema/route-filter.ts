import { z } from 'zod';
import { count, objectName, port } from './text.ts';

/** A token of RFC 9110. */
export const headerName = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'is no name of a header');
const headerValue = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[ -~\t]*$/, 'is no value of a header: use printable ASCII characters');
const plainHost = z
  .string()
  .max(253)
  .regex(/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:[.][a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/, 'is no host name without *');
/** What a path may be replaced by; it goes into a request line as it is. */
const newPath = z
  .string()
  .max(1024)
  .regex(/^(?:\/[A-Za-z0-9/._~!$&'()*+,;=:@-]*)?$/, 'is no plain path: begin with /, and leave out ?, # and everything percent-encoded');

const header = z.object({ name: headerName.describe('Name of the header'), value: headerValue.describe('Its value') });
const headers = z.array(header.describe('One header')).max(16);

const headerModifier = z.object({
  set: headers.describe('Headers that get this value in place of any they have').optional(),
  add: headers.describe('Headers that get this value beside any they have').optional(),
  remove: z.array(headerName.describe('Name of a header')).max(16).describe('Headers that are left out').optional(),
});

const pathModifier = z.object({
  type: z.enum(['ReplaceFullPath', 'ReplacePrefixMatch']).describe('How much of the path is replaced'),
  replaceFullPath: newPath.describe('The new path').optional(),
  replacePrefixMatch: newPath.describe('What stands in place of the prefix that matched').optional(),
});

const redirect = z.object({
  scheme: z.enum(['http', 'https']).describe('Scheme of the new address; that of the request by default').optional(),
  hostname: plainHost.describe('Host of the new address; that of the request by default').optional(),
  path: pathModifier.describe('Path of the new address; that of the request by default').optional(),
  port: port.describe('Port of the new address; that of the scheme, if one is given, else that of the request by default').optional(),
  statusCode: z.literal([301, 302, 303, 307, 308]).describe('Status of the answer; 302 by default').optional(),
});

const rewrite = z.object({
  hostname: plainHost.describe('Host that the function sees').optional(),
  path: pathModifier.describe('Path that the function sees').optional(),
});

const mirror = z.object({
  backendRef: z
    .object({
      group: z.enum(['', 'core.openfunction.io']).describe('Group of the backend').optional(),
      kind: z.enum(['Function', 'Service']).describe('Function, or the Service of a function').optional(),
      name: objectName.describe('Name of the function that gets the copies'),
      namespace: objectName.describe('Its namespace; another one than that of the route needs a ReferenceGrant there').optional(),
      port: port.describe('No effect: a function has one port').optional(),
    })
    .describe('The function that gets a copy of each request; its answers are dropped'),
  percent: z.int().min(0).max(100).describe('Share of the requests that are copied; all by default').optional(),
  fraction: z
    .object({
      numerator: count.describe('Above the line'),
      denominator: z.int().min(1).max(2_147_483_647).describe('Below the line; 100 by default').optional(),
    })
    .describe('Share of the requests that are copied, as a fraction')
    .optional(),
});

/** One filter of the Gateway API's HTTPRoute: its type names the field that it has. */
export const routeFilter = z.object({
  type: z
    .enum(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite', 'RequestMirror'])
    .describe('What the filter does'),
  requestHeaderModifier: headerModifier.describe('Changes to the headers that the function sees').optional(),
  responseHeaderModifier: headerModifier.describe('Changes to the headers that the caller sees').optional(),
  requestRedirect: redirect.describe('The caller is sent elsewhere').optional(),
  urlRewrite: rewrite.describe('The function sees another host or path').optional(),
  requestMirror: mirror.describe('A second function gets a copy').optional(),
});
