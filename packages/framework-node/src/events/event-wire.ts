import { timingSafeEqual } from 'node:crypto';
import { FunctionError } from '../function-error.ts';
import type { FunctionRequest } from '../request.ts';
import type { FunctionResponse } from '../response.ts';
import { pathOf, subscriptionsOf, type EventSource } from './event-source.ts';

export interface EventWire {
  /** Answers what a Dapr runtime asks of an app, and tells so. */
  answers(req: FunctionRequest, res: FunctionResponse): boolean;
  /** The source whose event a request brings; throws EventRefused when it is not the runtime that brings it. */
  sourceOf(req: FunctionRequest): EventSource | undefined;
}

export interface EventWireOptions {
  sources: readonly EventSource[];
  /** What the runtime shows with each call, of `APP_API_TOKEN`. Without one, whoever reaches the function can bring events. */
  token?: string;
}

/** An app's side of Dapr's HTTP protocol: `GET /dapr/subscribe`, `OPTIONS` and `POST` at each source. */
export function eventWire({ sources, token }: EventWireOptions): EventWire {
  const byPath = new Map(sources.map((source) => [pathOf(source), source]));
  const subscriptions = JSON.stringify(subscriptionsOf(sources));
  return {
    answers(req, res) {
      if (req.method === 'GET' && req.path === '/dapr/subscribe') return answer(res, 200, subscriptions);
      // The rest of what Dapr reserves; the function's code is not asked for it.
      if (req.path.startsWith('/dapr/')) return answer(res, 404);
      if (req.method === 'OPTIONS' && byPath.has(req.path)) return answer(res, 200);
      return false;
    },
    sourceOf(req) {
      const source = req.method === 'POST' ? byPath.get(req.path) : undefined;
      if (source === undefined || token === undefined || isSame(token, req.headers['dapr-api-token'])) return source;
      throw new FunctionError(
        'EventRefused',
        401,
        'The event is refused: its dapr-api-token is not that of the function. Publish to the topic, or call the function by HTTP at another path.',
      );
    },
  };
}

function answer(res: FunctionResponse, status: number, body?: string): true {
  res.statusCode = status;
  if (body !== undefined) res.setHeader('content-type', 'application/json');
  res.end(body);
  return true;
}

function isSame(token: string, shown: string | string[] | undefined): boolean {
  if (typeof shown !== 'string') return false;
  const [a, b] = [Buffer.from(token), Buffer.from(shown)];
  return a.length === b.length && timingSafeEqual(a, b);
}
