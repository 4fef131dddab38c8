import { ApiError } from '../api/api-error.ts';
import { route, type Route } from './routes.ts';
import type { TopicSubscription } from './subscription.ts';

type Fields = Record<string, unknown>;
const defaultBulk = { maxMessages: 100, maxWaitMs: 1000 };
const mostInBulk = 10_000;
const longestWaitMs = 60_000;

/** The answer of an app to `GET /dapr/subscribe`. */
export function parseProgrammatic(answer: unknown): TopicSubscription[] {
  if (!Array.isArray(answer)) throw invalid('the answer to GET /dapr/subscribe', 'it is not a list');
  return answer.map((entry: unknown, index) => {
    const where = `entry ${index} of the answer to GET /dapr/subscribe`;
    const fields = object(entry, where);
    return subscriptionOf({ fields, pubsub: fields['pubsubname'] ?? fields['pubsubName'], where, type: 'PROGRAMMATIC' });
  });
}

export interface DeclaredSubscription {
  subscription: TopicSubscription;
  scopes: string[];
  namespace?: string;
}

/** A `Subscription` of dapr.io, v1alpha1 or v2alpha1. */
export function parseDeclarative(resource: unknown, file: string): DeclaredSubscription {
  const root = object(resource, file);
  const metadata = object(root['metadata'] ?? {}, `${file}: metadata`);
  const fields = object(root['spec'], `${file}: spec`);
  const subscription = subscriptionOf({ fields, pubsub: fields['pubsubname'], where: `${file}: spec`, type: 'DECLARATIVE' });
  return {
    subscription,
    scopes: Array.isArray(root['scopes']) ? root['scopes'].map(String) : [],
    ...(typeof metadata['namespace'] === 'string' ? { namespace: metadata['namespace'] } : {}),
  };
}

function subscriptionOf({
  fields,
  pubsub,
  where,
  type,
}: {
  fields: Fields;
  pubsub: unknown;
  where: string;
  type: TopicSubscription['type'];
}): TopicSubscription {
  const topic = fields['topic'];
  if (typeof pubsub !== 'string' || pubsub === '') throw invalid(where, 'pubsubname is missing');
  if (typeof topic !== 'string' || topic === '') throw invalid(where, 'topic is missing');
  const deadLetterTopic = fields['deadLetterTopic'];
  const bulk = bulkOf(fields['bulkSubscribe'], where);
  return {
    pubsub,
    topic,
    type,
    routes: routesOf(fields, where, topic),
    metadata: Object.fromEntries(Object.entries(object(fields['metadata'] ?? {}, where)).map(([name, value]) => [name, String(value)])),
    ...(typeof deadLetterTopic === 'string' && deadLetterTopic !== '' ? { deadLetterTopic } : {}),
    ...(bulk === undefined ? {} : { bulk }),
  };
}

function routesOf(fields: Fields, where: string, topic: string): Route[] {
  const { routes, route: single } = fields;
  if (routes === undefined || routes === null) return [route(typeof single === 'string' && single !== '' ? single : topic)];
  const { rules = [], default: otherwise } = object(routes, `${where}.routes`);
  if (!Array.isArray(rules)) throw invalid(where, 'routes.rules is not a list');
  const parsed = rules.map((given: unknown, index) => ruleOf(object(given, where), `${where}: rule ${index}`));
  return typeof otherwise === 'string' && otherwise !== '' ? [...parsed, route(otherwise)] : parsed;
}

function ruleOf({ match, path }: Fields, where: string): Route {
  if (typeof path !== 'string' || path === '') throw invalid(where, 'path is missing');
  try {
    return route(path, typeof match === 'string' ? match : undefined);
  } catch (error) {
    throw invalid(
      where,
      `match is not a rule in CEL over "event" (${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)})`,
    );
  }
}

function bulkOf(given: unknown, where: string): TopicSubscription['bulk'] {
  if (given === undefined || given === null) return undefined;
  const { enabled, maxMessagesCount, maxAwaitDurationMs } = object(given, `${where}.bulkSubscribe`);
  if (enabled !== true) return undefined;
  return {
    maxMessages: bounded(maxMessagesCount, mostInBulk) ?? defaultBulk.maxMessages,
    maxWaitMs: bounded(maxAwaitDurationMs, longestWaitMs) ?? defaultBulk.maxWaitMs,
  };
}

const bounded = (value: unknown, most: number): number | undefined =>
  typeof value === 'number' && value >= 1 ? Math.min(Math.floor(value), most) : undefined;

function object(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(where, 'it is not an object');
}

function invalid(where: string, why: string): ApiError {
  return new ApiError('ERR_MALFORMED_REQUEST', `The subscription cannot be used: in ${where}, ${why}. Correct it.`);
}
