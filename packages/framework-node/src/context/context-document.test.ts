import { expect, test } from 'vitest';
import { readContextDocument } from './context-document.ts';

const v1beta1 = {
  name: 'old',
  version: 'v1',
  port: '8080',
  runtime: 'Knative',
  outputs: { topic: { uri: 'orders', componentName: 'a-pubsub-x', componentType: 'pubsub.kafka' } },
  states: { kept: { componentName: 's', componentType: 'state.redis' } },
  prePlugins: ['first', 'skywalking'],
  pluginsTracing: { enabled: true, provider: { name: 'skywalking' } },
};
const v1beta2 = {
  name: 'new',
  triggers: { http: { port: 9090 } },
  outputs: { topic: { componentName: 'a-pubsub-y', componentType: 'pubsub.kafka' } },
  preHooks: ['second'],
  postHooks: ['third'],
};

test('v1beta2 is preferred, and what only v1beta1 has is kept', () => {
  expect(readContextDocument({ FUNC_CONTEXT: JSON.stringify(v1beta1), FUNC_CONTEXT_V1BETA2: JSON.stringify(v1beta2) })).toEqual({
    name: 'new',
    version: 'v1',
    port: 9090,
    inputs: {},
    outputs: { topic: { topic: 'orders', componentName: 'a-pubsub-y', componentType: 'pubsub.kafka' } },
    states: { kept: { componentName: 's', componentType: 'state.redis' } },
    preHooks: ['second'],
    postHooks: ['third'],
    sources: [],
    isAsync: false,
  });
});

test('v1beta1 alone is read, and its tracing provider is no hook', () => {
  expect(readContextDocument({ FUNC_CONTEXT: JSON.stringify(v1beta1) })).toMatchObject({ name: 'old', port: 8080, preHooks: ['first'] });
});

test('a function without documents has an empty context', () => {
  expect(readContextDocument({})).toMatchObject({ name: '', outputs: {}, preHooks: [], isAsync: false });
});

test('messages as triggers are seen in either document', () => {
  expect(readContextDocument({ FUNC_CONTEXT: '{"runtime":"Async"}' }).isAsync).toBe(true);
  expect(readContextDocument({ FUNC_CONTEXT_V1BETA2: '{"triggers":{"dapr":[{"name":"q","type":"bindings.kafka"}]}}' }).isAsync).toBe(true);
});

test('the triggers of either document are its sources, by the names that the platform made', () => {
  const dapr = [
    { name: 'f-bindings-q-x', type: 'bindings.kafka', inputName: 'q' },
    { name: 'f-pubsub-t-x', type: 'pubsub.redis', topic: 'orders' },
  ];
  const both = readContextDocument({ FUNC_CONTEXT_V1BETA2: JSON.stringify({ triggers: { http: { port: 80 }, dapr } }) });
  expect([both.isAsync, both.sources]).toEqual([
    false,
    [
      { input: 'q', component: 'f-bindings-q-x', type: 'bindings.kafka' },
      { input: 'f-pubsub-t-x', component: 'f-pubsub-t-x', type: 'pubsub.redis', topic: 'orders' },
    ],
  ]);
  const inputs = {
    cron: { uri: 'f-bindings-cron-x', componentName: 'f-bindings-cron-x', componentType: 'bindings.cron' },
    news: { uri: 'orders', componentName: 'f-pubsub-news-x', componentType: 'pubsub.nats' },
  };
  const old = readContextDocument({ FUNC_CONTEXT: JSON.stringify({ runtime: 'Async', inputs }) });
  expect([old.isAsync, old.sources]).toEqual([
    true,
    [
      { input: 'cron', component: 'f-bindings-cron-x', type: 'bindings.cron' },
      { input: 'news', component: 'f-pubsub-news-x', type: 'pubsub.nats', topic: 'orders' },
    ],
  ]);
});

test.each(['{', '[]', '1', 'null'])('a document that is %s is refused by name', (value) => {
  expect(() => readContextDocument({ FUNC_CONTEXT: value })).toThrow(/FUNC_CONTEXT is no JSON object/);
});
