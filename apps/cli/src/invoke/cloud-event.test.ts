import { expect, it } from 'vitest';
import { eventRequest } from './cloud-event.ts';

const options = { type: 'order.made', source: '/shop', id: '7', attributes: [] };

it('puts the attributes into headers, and leaves the data as it is, in binary mode', () => {
  const data = Buffer.from('{"a":1}');
  const given = { ...options, mode: 'binary' as const, subject: 'ein "Ü"', attributes: ['traceid=x'] };
  expect(eventRequest(given, { data, contentType: undefined })).toEqual({
    headers: {
      'ce-specversion': ['1.0'],
      'ce-id': ['7'],
      'ce-type': ['order.made'],
      'ce-source': ['/shop'],
      'ce-subject': ['ein%20%22%C3%9C%22'],
      'ce-traceid': ['x'],
      'content-type': ['application/json'],
    },
    body: data,
  });
});

it('puts all into one JSON object in structured mode: JSON as JSON, text as text, the rest in base64', () => {
  const event = (data: string | undefined, contentType?: string): unknown => {
    const { headers, body } = eventRequest(
      { ...options, mode: 'structured' },
      { data: data === undefined ? data : Buffer.from(data), contentType },
    );
    expect(headers).toEqual({ 'content-type': ['application/cloudevents+json'] });
    return JSON.parse(Buffer.from(body ?? []).toString());
  };
  const envelope = { specversion: '1.0', id: '7', type: 'order.made', source: '/shop' };
  expect(event(undefined)).toEqual(envelope);
  expect(event('{"a":1}')).toEqual({ ...envelope, datacontenttype: 'application/json', data: { a: 1 } });
  expect(event('hi')).toEqual({ ...envelope, datacontenttype: 'text/plain', data: 'hi' });
  expect(event('hi', 'image/png')).toEqual({ ...envelope, datacontenttype: 'image/png', data_base64: 'aGk=' });
});

it('refuses attributes that the specification does not allow, or that have an option', () => {
  for (const bad of ['no', 'Big=1', 'a-b=1', 'id=1', '=1'])
    expect(() => eventRequest({ ...options, mode: 'binary', attributes: [bad] }, { data: undefined, contentType: undefined })).toThrow(
      '--event-attribute',
    );
});
