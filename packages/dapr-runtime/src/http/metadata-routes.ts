import { ApiError } from '../api/api-error.ts';
import type { MetadataApi } from '../api/metadata-api.ts';
import { json, noContent, type HttpHandler } from './http-exchange.ts';

/** `/v1.0/metadata[/<attribute>]`. */
export function metadataRoutes(metadata: MetadataApi): HttpHandler {
  return async (call) => {
    const [attribute, ...more] = call.rest;
    if (attribute === undefined && call.method === 'GET') return json(metadata.get());
    if (attribute !== undefined && attribute !== '' && more.length === 0 && call.method === 'PUT') {
      metadata.set(attribute, (await call.body()).toString('utf8'));
      return noContent;
    }
    throw new ApiError(
      'ERR_NOT_FOUND',
      'Metadata is read by GET at /v1.0/metadata and set by PUT at /v1.0/metadata/<name>. Correct the request.',
    );
  };
}
