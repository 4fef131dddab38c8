import { servingTemplate } from '../schema/serving.ts';
import { olderServing } from '../schema/v1beta1.ts';
import { compact, fieldOf, filled, isMap, mapOf, mapsOf, picked, type JsonMap } from './json.ts';
import { pluginsOf } from './plugins.ts';
import { scaleFromStored, scaleToStored } from './scale.ts';

/** What v1beta1 says of HTTP beside `serving`. */
export interface Entry extends JsonMap {
  port?: unknown;
  route?: unknown;
}

const different = ['triggers', 'scaleOptions', 'outputs', 'states'];
/** Said alike by both versions. */
export const alikeInServing: readonly string[] = Object.keys(servingTemplate.shape).filter(
  (name) => name in olderServing.shape && !different.includes(name),
);

type NameField = 'inputName' | 'outputName';

/** v1beta1 names an input or output, and the component that it uses; v1beta2 the component, which the code may know by another name. */
function componentOf(io: JsonMap, older: JsonMap, nameField: NameField): JsonMap {
  const { name, component, topic } = io;
  const declared = ['bindings', 'pubsub'].map((group) => fieldOf(mapOf(fieldOf(older, group)), String(component)));
  const type = declared.filter(isMap).map((spec) => spec['type'])[0];
  return { name: component, type, topic, [nameField]: name === component ? undefined : name };
}

function ioOf(dapr: JsonMap, nameField: NameField): JsonMap {
  return { name: fieldOf(dapr, nameField) ?? fieldOf(dapr, 'name'), component: fieldOf(dapr, 'name'), topic: fieldOf(dapr, 'topic') };
}

/** `triggers` of v1beta2: what v1beta1 says by its runtime, its inputs, and beside `serving`. */
function triggersOf(older: JsonMap, { port, route }: Entry): JsonMap | undefined {
  const inputs = mapsOf(fieldOf(older, 'inputs')).map((input) => compact(componentOf(input, older, 'inputName')));
  if (isAsyncOlder(older)) return filled(compact({ dapr: filled(inputs) }));
  return filled(compact({ http: filled(compact({ port, route })), inputs: filled(inputs.map((dapr) => ({ dapr }))) }));
}

function isAsyncOlder(older: JsonMap): boolean {
  return fieldOf(older, 'runtime') === 'async';
}

export function servingToStored(older: JsonMap, entry: Entry, annotations: JsonMap): JsonMap {
  const outputs = mapsOf(fieldOf(older, 'outputs')).map((output) => {
    const { params, operation } = output;
    return { dapr: compact({ ...componentOf(output, older, 'outputName'), metadata: params, operation }) };
  });
  const states = Object.entries(mapOf(fieldOf(older, 'states'))).map(([name, spec]) => [name, { spec }]);
  return compact({
    ...picked(older, alikeInServing),
    triggers: triggersOf(older, entry),
    ...scaleToStored(older, isAsyncOlder(older)),
    outputs: filled(outputs),
    states: filled(Object.fromEntries(states) as JsonMap),
    ...pluginsOf(annotations),
  });
}

export function servingFromStored(stored: JsonMap): { older: JsonMap; entry: Entry } {
  const { http, dapr, inputs } = mapOf(fieldOf(stored, 'triggers'));
  const isAsync = http === undefined && mapsOf(dapr).length > 0;
  const components = isAsync ? mapsOf(dapr) : mapsOf(inputs).flatMap((input) => mapsOf([fieldOf(input, 'dapr')]));
  const outputs = mapsOf(fieldOf(stored, 'outputs')).flatMap((output) => mapsOf([fieldOf(output, 'dapr')]));
  const states = Object.entries(mapOf(fieldOf(stored, 'states'))).flatMap(([name, state]) => {
    const spec = fieldOf(mapOf(state), 'spec');
    return spec === undefined ? [] : [[name, spec]];
  });
  const older = compact({
    ...picked(stored, alikeInServing),
    runtime: isAsync ? 'async' : 'knative',
    inputs: filled(components.map((each) => compact(ioOf(each, 'inputName')))),
    ...scaleFromStored(stored, isAsync),
    outputs: filled(
      outputs.map((each) => compact({ ...ioOf(each, 'outputName'), params: each['metadata'], operation: each['operation'] })),
    ),
    states: filled(Object.fromEntries(states) as JsonMap),
  });
  return { older, entry: picked(mapOf(http), ['port', 'route']) };
}
