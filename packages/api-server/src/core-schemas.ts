import type { JsonSchema } from './api-kind.ts';

const text = (description: string): JsonSchema => ({ type: 'string', description });
const texts = (description: string): JsonSchema => ({ type: 'object', additionalProperties: { type: 'string' }, description });
const open = (description: string): JsonSchema => ({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true, description });
const fields = (description: string, properties: Record<string, JsonSchema>): JsonSchema => ({ type: 'object', description, properties });

export const namespaceSchema: JsonSchema = fields('A part of the platform with names of its own', {
  spec: open('How it is held'),
  status: fields('Whether it is in use', {
    phase: text('Active, or Terminating while it is emptied'),
    conditions: { type: 'array', items: open('One condition') },
  }),
});

export const configMapSchema: JsonSchema = fields('Configuration of functions', {
  data: texts('Values, by key'),
  binaryData: texts('Values that are no text, as base64, by key'),
  immutable: { type: 'boolean', description: 'No value may change any more' },
});

export const secretSchema: JsonSchema = fields('Configuration that few may read', {
  data: texts('Values as base64, by key'),
  stringData: texts('Values as they are, by key; kept as base64 in data'),
  immutable: { type: 'boolean', description: 'No value may change any more' },
  type: text('What the keys mean; Opaque by default'),
});

const port: JsonSchema = {
  ...open('One port'),
  properties: {
    name: text('Name of the port'),
    port: { type: 'integer', description: 'The port itself' },
    protocol: { ...text('TCP by default'), default: 'TCP' },
  },
};

export const serviceSchema: JsonSchema = fields('A name by which functions are called', {
  spec: {
    ...open('What is behind the name'),
    properties: {
      type: text('ExternalName, where a function is behind it'),
      externalName: text('The name that stands behind it'),
      selector: { ...texts('Labels of what is behind it'), 'x-kubernetes-map-type': 'atomic' },
      ports: {
        type: 'array',
        description: 'Ports of the name',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port', 'protocol'],
        items: port,
      },
    },
  },
  status: open('What the name became'),
});

export const eventSchema: JsonSchema = {
  ...open('Something that happened to an object'),
  properties: {
    involvedObject: { ...open('The object'), 'x-kubernetes-map-type': 'atomic' },
    reason: text('Why, in one word'),
    message: text('What happened, in a sentence'),
    type: text('Normal or Warning'),
    count: { type: 'integer', description: 'How often it happened' },
    firstTimestamp: text('When it happened first'),
    lastTimestamp: text('When it happened last'),
    source: open('Who noticed'),
  },
};
