// An image that is built with one of OpenFunction's first frameworks, as its runtime meets it over gRPC: it serves Dapr's AppCallback
// for what its context names. Whoever invokes the method `brought` is told what it was brought.
import { grpcServer, grpcTransport, RpcError } from '@openfunction/protocol';
import { createDaprClient, serveAppCallback } from '@openfunction/protocol/dapr';

interface Context {
  inputs?: Record<string, { componentName: string; componentType: string; uri: string }>;
  outputs?: Record<string, { componentName: string; uri: string }>;
  port: string;
}

const { inputs = {}, outputs = {}, port } = JSON.parse(process.env['FUNC_CONTEXT'] ?? '{}') as Context;
const entries = Object.values(inputs);
const topics = entries.filter(({ componentType }) => componentType.startsWith('pubsub.'));
const bindings = entries.filter(({ componentType }) => componentType.startsWith('bindings.'));
const brought: unknown[] = [];
let failures = Number(process.env['FAILURES'] ?? 0);
const runtime = createDaprClient(grpcTransport(`127.0.0.1:${process.env['DAPR_GRPC_PORT'] ?? 50_001}`));
const apiToken = process.env['DAPR_API_TOKEN'] ?? '';

/** To each output, as a framework's `send` does. */
async function passOn(data: Uint8Array): Promise<void> {
  for (const { componentName: pubsubName, uri: topic } of Object.values(outputs))
    await runtime.PublishEvent(
      { pubsubName, topic, data, dataContentType: 'application/json', metadata: {} },
      { signal: AbortSignal.timeout(5_000), headers: { 'dapr-api-token': apiToken } },
    );
}
const token = process.env['APP_API_TOKEN'];

await grpcServer({
  address: `0.0.0.0:${port}`,
  services: [
    serveAppCallback({
      ListTopicSubscriptions: async () => ({
        subscriptions: topics.map(({ componentName, uri }) => ({
          pubsubName: componentName,
          topic: uri,
          metadata: {},
          deadLetterTopic: '',
        })),
      }),
      ListInputBindings: async () => ({ bindings: bindings.map(({ componentName }) => componentName) }),
      OnTopicEvent: async ({ pubsubName, topic, path, data }, { headers }) => {
        // As the framework of Go: a path that it did not list is one that it does not know.
        if (path !== '' || !topics.some(({ componentName, uri }) => componentName === pubsubName && uri === topic))
          throw new RpcError('InvalidArgument', `nothing is registered for ${pubsubName}, ${topic}, "${path}"`);
        if (failures-- > 0) return { status: 'RETRY' };
        brought.push({ pubsubName, topic, data: Buffer.from(data).toString(), isRuntime: headers['dapr-api-token'] === token });
        await passOn(data);
        return { status: 'SUCCESS' };
      },
      OnBindingEvent: async ({ name }) => {
        if (!bindings.some(({ componentName }) => componentName === name))
          throw new RpcError('InvalidArgument', `there is no binding ${name}`);
        brought.push({ name });
        return { storeName: '', states: [], to: [], data: new Uint8Array(0), concurrency: 'SEQUENTIAL' };
      },
      OnInvoke: async ({ method }) => {
        if (method !== 'brought') throw new RpcError('Unimplemented', `there is no method ${method}`);
        return { data: { type_url: '', value: Buffer.from(JSON.stringify(brought)) }, contentType: 'application/json' };
      },
    }),
  ],
});
process.on('SIGTERM', () => process.exit(0));
