import { ApiError } from '../api/api-error.ts';
import type { ConfigurationApi, ConfigurationChange } from '../api/configuration-api.ts';
import { json, type HttpHandler } from './http-exchange.ts';

/** `/v1.0/configuration/<store>[/subscribe|/<id>/unsubscribe]`. */
export function configurationRoutes(
  configuration: ConfigurationApi,
  onChange: (change: ConfigurationChange) => Promise<void>,
): HttpHandler {
  return async (call) => {
    const [store = '', first, second, ...more] = call.rest;
    const keys = call.query.getAll('key');
    if (call.method === 'GET' && store !== '' && more.length === 0) {
      if (first === undefined) return json(await configuration.get(store, keys, call.metadata, call.signal));
      if (first === 'subscribe' && second === undefined)
        return json({ id: await configuration.subscribe({ store, keys, metadata: call.metadata, onChange }) });
      if (second === 'unsubscribe') {
        await configuration.unsubscribe(store, first);
        return json({ ok: true });
      }
    }
    throw new ApiError('ERR_NOT_FOUND', 'There is no such path or method for configuration. See the reference of the configuration API.');
  };
}
