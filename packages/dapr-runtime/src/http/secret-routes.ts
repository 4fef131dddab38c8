import { ApiError } from '../api/api-error.ts';
import type { SecretApi } from '../api/secret-api.ts';
import { json, noContent, type HttpHandler } from './http-exchange.ts';

/** `/v1.0/secrets/<store>/<name>` and `/v1.0/secrets/<store>/bulk`. */
export function secretRoutes(secrets: SecretApi): HttpHandler {
  return async (call) => {
    const [store = '', ...rest] = call.rest;
    if (call.method !== 'GET' || rest.length === 0)
      throw new ApiError('ERR_NOT_FOUND', 'A secret is read by GET at /v1.0/secrets/<store>/<name>. Correct the request.');
    const name = rest.join('/');
    if (name === 'bulk') return json(await secrets.getAll(store, call.metadata, call.signal));
    const secret = await secrets.get(store, name, call.metadata, call.signal);
    return secret === undefined ? noContent : json(secret);
  };
}
