import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { answerReview } from './answer-review.ts';

/** Of one request, and of all that are read at one time: 10,000 Functions of usual size. */
const mostBytes = 32 * 1024 * 1024;

export interface Reviews {
  listener: RequestListener;
  /** Prometheus text. */
  metrics(): string;
}

/** Answers `POST /convert`, which the API server calls. It knows nothing and reads nothing but the request. */
export function reviews(log: (message: string, fields?: unknown) => void): Reviews {
  const counts = { Success: 0, Failed: 0, refused: 0 };
  let held = 0;

  /** Undefined: too large, or too much at one time. */
  async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length;
        held += chunk.length;
        if (held > mostBytes) return undefined;
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } finally {
      held -= size;
    }
  }

  function refuse(response: ServerResponse, status: number, message: string): void {
    counts.refused += 1;
    // What was not read of the body would be taken for the next request.
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${message}\n`);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST' || request.url?.split('?')[0] !== '/convert') return refuse(response, 404, 'Only POST /convert is here.');
    const body = await bodyOf(request);
    if (body === undefined) return refuse(response, 413, 'The objects are larger than 32 MiB together. List them in pages.');
    const review = answerReview(jsonOf(body));
    if (review === undefined) return refuse(response, 400, 'The body is no apiextensions.k8s.io/v1 ConversionReview with a request.');
    const { result } = review.response;
    counts[result.status] += 1;
    if (result.status === 'Failed') log('Objects were not converted', { why: result.message });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(review));
  }

  return {
    listener: (request, response) => {
      answer(request, response).catch((error: unknown) => {
        log('A conversion failed', { error });
        if (response.headersSent) response.destroy();
        else refuse(response, 500, 'The conversion failed. Its log says why; please report it.');
      });
    },
    metrics: () =>
      [
        '# HELP openfunction_conversion_reviews_total Requests of the API server to convert objects, by result.',
        '# TYPE openfunction_conversion_reviews_total counter',
        ...Object.entries(counts).map(
          ([result, count]) => `openfunction_conversion_reviews_total{result="${result.toLowerCase()}"} ${count}`,
        ),
        '',
      ].join('\n'),
  };
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
