import { z } from 'zod';

// Every pattern here is also the API server's: RE2, so no look-around.
const dnsLabel = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const imageName = '[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?(?::[0-9]{1,5})?(?:/[a-z0-9]+(?:(?:[.]|_{1,2}|-+)[a-z0-9]+)*)*';
const quantityUnit = '(?:m|k|[KMGTPE]i?|[eE][+-]?[0-9]{1,3})?';

/** Text of a length that no honest value exceeds. */
export const text = z.string().max(4096);
export const objectName = z
  .string()
  .max(253)
  .regex(new RegExp(`^${dnsLabel}(?:[.]${dnsLabel})*$`), 'is no name: use lower-case letters, digits, - and .');
export const localReference = z.object({ name: objectName.describe('Name of an object in the same namespace') });
export const namespacedReference = z.object({
  name: objectName.describe('Name of the object'),
  namespace: objectName.describe('Namespace of the object').optional(),
});
/** As Go writes durations: `90s`, `1h30m`. */
export const duration = z
  .string()
  .max(64)
  .regex(/^(?:0|(?:[0-9]{1,9}(?:[.][0-9]{1,9})?(?:h|ms|m|us|ns|s))+)$/, 'is no duration; write for example 90s or 1h30m');
export const quantity = z.union([
  z.int().min(0),
  z
    .string()
    .max(64)
    .regex(new RegExp(`^[0-9]{1,18}(?:[.][0-9]{1,9})?${quantityUnit}$`), 'is no quantity; write for example 500m or 128Mi'),
]);
/** `[registry/]path[:tag][@sha256:…]`. */
export const imageReference = z
  .string()
  .min(1)
  .max(512)
  .regex(
    new RegExp(`^${imageName}(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`),
    'is no image reference; write [registry/]name[:tag][@sha256:digest]',
  );
export const envName = z
  .string()
  .max(253)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is no name of a variable: use letters, digits and _, and begin with no digit');
export const hostname = z
  .string()
  .max(253)
  .regex(
    new RegExp(`^(?:[*][.])?${dnsLabel}(?:[.]${dnsLabel})*$`),
    'is no host name: use lower-case letters, digits, - and ., with * only as the first label',
  );
/** A URL that git takes, and nothing that it would take for an option or a remote helper. */
export const gitUrl = z
  .string()
  .max(2048)
  .regex(
    /^(?:(?:https?|ssh|git|file):\/\/[^-\s]\S*|git@[A-Za-z0-9][A-Za-z0-9.-]*:[^-:\s]\S*)$/,
    'is no git URL; use https, http, ssh, git, file or git@host:path',
  );
/** The name of a domain, without wildcard. */
export const domain = z
  .string()
  .max(253)
  .regex(new RegExp(`^${dnsLabel}(?:[.]${dnsLabel})*$`), 'is no domain: use lower-case letters, digits, - and .');
/** A value of a label, so that it can be one. */
export const version = z
  .string()
  .max(63)
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/,
    'is no version: it becomes a label, so use at most 63 letters, digits, -, _ and .',
  );
export const port = z.int().min(1).max(65_535);
export const count = z.int().min(0).max(2_147_483_647);
export const intOrString = z.union([z.int(), z.string().max(253)]);

export const stringMap = z.record(z.string(), text);
/** Published samples give numbers and booleans where Dapr and KEDA want text. */
export const scalarMap = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
/** Variables: text, or numbers for it. Anything else has no type in CEL, and Kubernetes takes text alone. */
export const envMap = z.record(z.string(), z.union([z.int(), z.string()], 'must be text; write it in quotes'));
export const opaque = z.record(z.string(), z.unknown());
