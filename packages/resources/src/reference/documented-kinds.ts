import type { z } from 'zod';
import { builderSchema } from '../builder/schema.ts';
import { functionSchema } from '../function/schema.ts';
import { gatewaySchema } from '../gateway/schema.ts';
import { builderKind, functionKind, gatewayKind, servingKind } from '../kinds.ts';
import type { ResourceKind } from '../object.ts';
import { servingSchema } from '../serving/schema.ts';

export interface DocumentedKind {
  kind: ResourceKind;
  schema: z.ZodType;
  /** What a person needs to know before the first field. */
  about: string;
  /** A whole spec, as a person would write it. */
  example: Record<string, unknown>;
}

const image = 'registry.example.com/shop/orders:v1';
const build = {
  builder: 'openfunction/builder-node:latest',
  env: { FUNC_NAME: 'orders', FUNC_TYPE: 'http' },
  srcRepo: { url: 'https://git.example.com/shop.git', revision: 'main', sourceSubPath: 'functions/orders' },
};
const serving = {
  triggers: { http: { port: 8080 } },
  scaleOptions: { minReplicas: 0, maxReplicas: 10 },
  params: { GREETING: 'Hello' },
  template: { containers: [{ name: 'function', resources: { limits: { cpu: '500m', memory: '256Mi' } } }] },
};

export const documentedKinds: readonly DocumentedKind[] = [
  {
    kind: functionKind,
    schema: functionSchema,
    about:
      'A function: where its source is, how it is built and how it is served. People write this kind; Builders and Servings are made of it.',
    example: { version: 'v1.0.0', image, build, serving },
  },
  {
    kind: builderKind,
    schema: builderSchema,
    about: 'One build of a Function. The platform makes it; `state: Cancelled` stops it.',
    example: { image, ...build },
  },
  {
    kind: servingKind,
    schema: servingSchema,
    about: 'One version of a Function, served. The platform makes it, and its spec never changes.',
    example: { version: 'v1.0.0', image, ...serving },
  },
  {
    kind: gatewayKind,
    schema: gatewaySchema,
    about: 'Where the hosts and paths of Functions are served. `openfunction/openfunction` is there from the start.',
    example: { domain: 'fn.example.com', gatewaySpec: { listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] } },
  },
];
