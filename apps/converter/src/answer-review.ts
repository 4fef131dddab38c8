import { apiVersionOf, isDeeperThan, type KubeObject } from '@openfunction/resources';
import { conversions } from '@openfunction/resources/conversions';
import { z } from 'zod';

/** What the API server sends, as far as it is read here. */
const reviewSchema = z.object({
  apiVersion: z.literal('apiextensions.k8s.io/v1'),
  kind: z.literal('ConversionReview'),
  request: z.object({
    uid: z.string().max(128),
    desiredAPIVersion: z.string().max(128),
    objects: z.array(z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: z.looseObject({ name: z.string().optional() }) })),
  }),
});

export interface ReviewAnswer {
  apiVersion: 'apiextensions.k8s.io/v1';
  kind: 'ConversionReview';
  response: { uid: string; result: { status: 'Success' } | { status: 'Failed'; message: string }; convertedObjects?: KubeObject[] };
}

/** Whatever writes the answer as JSON recurses, and so does whoever reads it. */
const deepest = 1000;

function converted(object: KubeObject, desired: string): KubeObject | string {
  if (object.apiVersion === desired) return object;
  const name = `${object.kind} "${object.metadata.name}"`;
  if (isDeeperThan(object, deepest))
    return `${name} is nested more than ${deepest} deep and is not converted. Flatten it in the version it is stored in.`;
  const found = conversions.find(({ stored }) => stored.kind === object.kind);
  if (found !== undefined && apiVersionOf(found.older) === object.apiVersion && apiVersionOf(found.stored) === desired)
    return found.toStored(object);
  if (found !== undefined && apiVersionOf(found.stored) === object.apiVersion && apiVersionOf(found.older) === desired)
    return found.fromStored(object);
  return `${name} of ${object.apiVersion} cannot become ${desired}: only v1beta1 and v1beta2 of core.openfunction.io are known.`;
}

/** The answer to a ConversionReview; undefined when it is none. */
export function answerReview(body: unknown): ReviewAnswer | undefined {
  const parsed = reviewSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { uid, desiredAPIVersion, objects } = parsed.data.request;
  const answer = (response: Omit<ReviewAnswer['response'], 'uid'>): ReviewAnswer => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'ConversionReview',
    response: { uid, ...response },
  });
  const convertedObjects: KubeObject[] = [];
  for (const object of objects as KubeObject[]) {
    const made = converted(object, desiredAPIVersion);
    if (typeof made === 'string') return answer({ result: { status: 'Failed', message: made } });
    convertedObjects.push(made);
  }
  return answer({ result: { status: 'Success' }, convertedObjects });
}
