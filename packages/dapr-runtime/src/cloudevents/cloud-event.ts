/** A CloudEvent of version 1.0 in its JSON format. */
export interface CloudEvent {
  specversion: string;
  id: string;
  source: string;
  type: string;
  datacontenttype?: string;
  data?: unknown;
  data_base64?: string;
  time?: string;
  [extension: string]: unknown;
}

export const cloudEventType = 'application/cloudevents+json';

/** The media type without its parameters, in lower case. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

export const isJson = (contentType: string | undefined): boolean =>
  /^(?:application|text)\/(?:[\w.+-]+\+)?json$/.test(mediaType(contentType));

export const isCloudEvent = (contentType: string | undefined): boolean => mediaType(contentType) === cloudEventType;
