import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { component, testRuntime, type TestRuntime } from '../testing/test-runtime.ts';

describe('the body of an error', () => {
  let runtime: TestRuntime;
  beforeEach(() => {
    runtime = testRuntime();
  });
  afterEach(() => runtime.close());
  const stores = component('store', 'state.in-memory') + component('bus', 'pubsub.in-memory', { allowedTopics: 'allowed' });

  // As daprd's table of codes has them.
  it.each<[string, string, string, RequestInit, number, string, string | undefined]>([
    ['a store of another name', stores, 'state/other/k', {}, 400, 'ERR_STATE_STORE_NOT_FOUND', 'DAPR_STATE_NOT_FOUND'],
    ['no store at all', '', 'state/store/k', {}, 500, 'ERR_STATE_STORE_NOT_CONFIGURED', 'DAPR_STATE_NOT_CONFIGURED'],
    ['a key that may not be', stores, 'state/store/a%7C%7Cb', {}, 400, 'ERR_MALFORMED_REQUEST', 'DAPR_STATE_ILLEGAL_KEY'],
    [
      'a query',
      stores,
      'state/store/query',
      { method: 'POST', body: '{}' },
      500,
      'ERR_STATE_STORE_NOT_SUPPORTED',
      'DAPR_STATE_QUERYING_NOT_SUPPORTED',
    ],
    ['a broker of another name', stores, 'publish/other/t', { method: 'POST' }, 404, 'ERR_PUBSUB_NOT_FOUND', 'DAPR_PUBSUB_NOT_FOUND'],
    ['no broker at all', '', 'publish/bus/t', { method: 'POST' }, 400, 'ERR_PUBSUB_NOT_CONFIGURED', 'DAPR_PUBSUB_NOT_CONFIGURED'],
    ['no topic', stores, 'publish/bus/', { method: 'POST' }, 404, 'ERR_TOPIC_NAME_EMPTY', 'DAPR_PUBSUB_TOPIC_NAME_EMPTY'],
    ['a topic that is not allowed', stores, 'publish/bus/t', { method: 'POST' }, 403, 'ERR_PUBSUB_FORBIDDEN', 'DAPR_PUBSUB_FORBIDDEN'],
    [
      'no binding',
      '',
      'bindings/b',
      { method: 'POST', body: '{"operation":"get"}' },
      500,
      'ERR_INVOKE_OUTPUT_BINDING',
      'DAPR_BINDING_INVOKE_OUTPUT_BINDING',
    ],
    ['no secret store', '', 'secrets/s/k', {}, 500, 'ERR_SECRET_STORES_NOT_CONFIGURED', undefined],
    ['no app', '', 'invoke/other/method/m', {}, 500, 'ERR_DIRECT_INVOKE', undefined],
  ])('tells %s by status, code and reason', async (_what, yaml, at, init, status, errorCode, reason) => {
    const { url } = await runtime.app({ id: 'a', yaml });
    const response = await fetch(`${url}/v1.0/${at}`, init);
    const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', domain: 'dapr.io', metadata: null, reason };
    expect([response.status, await response.json()]).toEqual([
      status,
      { errorCode, message: expect.stringMatching(/\S\. /), ...(reason === undefined ? {} : { details: [info] }) },
    ]);
  });
});
