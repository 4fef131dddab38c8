import { ApiError } from '../api/api-error.ts';
import type { BulkEntry, PublishApi } from '../api/publish-api.ts';
import { isJson } from '../cloudevents/cloud-event.ts';
import { headerOf, json, jsonBody, noContent, traceOf, type HttpHandler } from './http-exchange.ts';
import { parseMetadata } from './parse-state-items.ts';

/** `/v1.0/publish/<pubsub>/<topic>`; a topic may have slashes. */
export function publishRoutes(publishing: PublishApi): HttpHandler {
  return async (call) => {
    writes(call.method);
    const [pubsub = '', ...topic] = call.rest;
    const contentType = headerOf(call, 'content-type');
    const message = { data: await call.body(), metadata: call.metadata, ...(contentType === undefined ? {} : { contentType }) };
    await publishing.publish(pubsub, topic.join('/'), message, traceOf(call));
    return noContent;
  };
}

/** `/v1.0[-alpha1]/publish/bulk/<pubsub>/<topic>`. */
export function bulkPublishRoutes(publishing: PublishApi): HttpHandler {
  return async (call) => {
    writes(call.method);
    const [pubsub = '', ...topic] = call.rest;
    const entries = parseEntries(await jsonBody(call), call.metadata);
    const failedEntries = await publishing.publishMany(pubsub, topic.join('/'), entries, traceOf(call));
    if (failedEntries.length === 0) return noContent;
    return json({ failedEntries, errorCode: 'ERR_PUBSUB_PUBLISH_MESSAGE' }, 500);
  };
}

function writes(method: string): void {
  if (method !== 'POST' && method !== 'PUT')
    throw new ApiError('ERR_NOT_FOUND', 'Publishing takes POST and PUT. Use one of them.', { status: 405 });
}

function parseEntries(body: unknown, shared: Record<string, string>): BulkEntry[] {
  if (!Array.isArray(body)) throw refusal('it must be a list of entries');
  return body.map((given: unknown) => {
    if (typeof given !== 'object' || given === null) throw refusal('each entry must be an object');
    // Dapr reads names of fields whatever their case, and its own client counts on it.
    const { entryid: entryId, event, contenttype: contentType, metadata } = lowerCased(given);
    if (typeof entryId !== 'string') throw refusal('each entry needs an entryId that is a text');
    if (event === undefined) throw refusal('each entry needs an event');
    const type = typeof contentType === 'string' && contentType !== '' ? contentType : undefined;
    return { entryId, ...dataOf(event, type), metadata: { ...shared, ...parseMetadata(metadata) } };
  });
}

function lowerCased(given: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).map(([name, value]: [string, unknown]) => [name.toLowerCase(), value]));
}

function dataOf(event: unknown, contentType: string | undefined): { data: Uint8Array; contentType: string } {
  const type = contentType ?? (typeof event === 'string' ? 'text/plain' : 'application/json');
  if (typeof event !== 'string') return { data: Buffer.from(JSON.stringify(event)), contentType: type };
  if (type.startsWith('application/octet-stream')) return { data: Buffer.from(event, 'base64'), contentType: type };
  return { data: Buffer.from(isJson(type) ? JSON.stringify(event) : event), contentType: type };
}

function refusal(why: string): ApiError {
  return new ApiError('ERR_PUBSUB_EVENTS_SER', `Nothing was published: the body cannot be used, ${why}. Correct it.`);
}
