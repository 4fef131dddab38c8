import type { JsonSchema } from './api-kind.ts';

const text = (description: string): JsonSchema => ({ type: 'string', description });
const time = (description: string): JsonSchema => ({ type: 'string', format: 'date-time', description });
const texts = (description: string): JsonSchema => ({ type: 'object', additionalProperties: { type: 'string' }, description });

const ownerReference: JsonSchema = {
  type: 'object',
  properties: {
    apiVersion: text('Version of the owner'),
    kind: text('Kind of the owner'),
    name: text('Name of the owner'),
    uid: text('Identity of the owner'),
    controller: { type: 'boolean', description: 'The owner is what made this object' },
    blockOwnerDeletion: { type: 'boolean', description: 'Kept for other servers' },
  },
};

const fieldOwner: JsonSchema = {
  type: 'object',
  properties: {
    manager: text('Who wrote'),
    operation: text('Apply, or Update for every other write'),
    apiVersion: text('Version that the fields are those of'),
    time: time('When it last changed something'),
    subresource: text('What was written through, when it was not the object'),
    fieldsType: text('FieldsV1'),
    fieldsV1: { type: 'object', description: 'The fields', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

/** The metadata of every object, for `kubectl explain`. */
export const metadataSchema: JsonSchema = {
  type: 'object',
  description: 'What every object has',
  properties: {
    name: text('Name, unique in its namespace and kind'),
    generateName: text('Beginning of the name, when none is given'),
    namespace: text('Namespace that the object is in'),
    labels: texts('Words to select objects by'),
    annotations: texts('Notes of people and programs'),
    finalizers: { type: 'array', items: { type: 'string' }, description: 'Who has to let go before the object is deleted' },
    ownerReferences: { type: 'array', items: ownerReference, description: 'Objects that this one is deleted with' },
    uid: text('Identity: an object of the same name that is made later has another one'),
    resourceVersion: text('Changes with every write; a write that names an older one is refused'),
    generation: { type: 'integer', format: 'int64', description: 'Changes of what is wanted' },
    creationTimestamp: time('When the object was made'),
    deletionTimestamp: time('When its deletion was asked for'),
    managedFields: { type: 'array', items: fieldOwner, description: 'Who owns which fields' },
  },
};
