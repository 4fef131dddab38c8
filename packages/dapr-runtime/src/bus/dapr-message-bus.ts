import { componentDocument, ComponentError } from '@openfunction/components';
import { MessagingError, type AppComponent, type Instances, type MessageApp, type MessageBus, type OpenApp } from '@openfunction/messaging';
import { ApiError } from '../api/api-error.ts';
import type { DaprApp } from '../app/dapr-app.ts';
import type { AppAddress, DaprRuntime } from '../app/dapr-runtime.ts';

export interface DaprMessageBusOptions {
  runtime: DaprRuntime;
  /** Where all apps are reached; which one is meant is told by its authority. */
  at: Pick<AppAddress, 'host' | 'port' | 'socketPath'>;
  /** For images that speak gRPC, which does not take that way; without it, nothing is brought to them. */
  instances?: Instances;
}

/** Over gRPC an app that lists no routes of a topic has one handler for it. */
const noPath = '';

/** The message bus of our Dapr runtime: one of its apps for each app. */
export function daprMessageBus({ runtime, at, instances }: DaprMessageBusOptions): MessageBus {
  return {
    open: async (app, told) => {
      if (app.image?.protocol === 'grpc' && app.delivers && instances === undefined) refuseGrpc(app);
      const opened = await withCode(() =>
        runtime.add({
          id: app.id,
          namespace: app.namespace,
          token: app.apiToken,
          resources: { components: app.components.map(documentOf), subscriptions: app.delivers ? subscriptionsOf(app) : [] },
          app: addressOf(app, at, instances),
          maxInFlight: app.maxInFlight,
          timeoutMs: app.timeoutMs,
          declaredInputs: app.delivers ? app.inputs : [],
          asksRoutes: app.image !== undefined,
          onSource: (source, error) => told(source, error === undefined ? undefined : messagingError(error)),
        }),
      );
      return openApp(runtime, opened);
    },
  };
}

function addressOf(
  { image, authority, appToken: token }: MessageApp,
  at: DaprMessageBusOptions['at'],
  instances: Instances | undefined,
): AppAddress {
  if (image?.protocol !== 'grpc' || instances === undefined) return { ...at, authority, token };
  return { port: at.port, protocol: 'grpc', token, useInstance: (signal, use) => instances.withInstance(image.serving, signal, use) };
}

function openApp(runtime: DaprRuntime, app: DaprApp): OpenApp {
  return {
    sources: () =>
      app.sources.map(({ name, subscription }) => ({
        name,
        pause: () => subscription.pause(),
        resume: () => subscription.resume(),
        ...(subscription.backlog === undefined ? {} : { backlog: (signal) => withCode(async () => subscription.backlog?.(signal) ?? 0) }),
      })),
    close: (signal) => runtime.remove(app, signal),
  };
}

function refuseGrpc({ topics, inputs }: MessageApp): void {
  if (topics.length + inputs.length === 0) return;
  throw new MessagingError(
    'ProtocolUnsupported',
    'Nothing is brought to the image: it speaks gRPC, and here messages are brought by HTTP alone. Where it can speak HTTP, set the annotation dapr.io/app-protocol: http in serving.annotations.',
  );
}

function documentOf({ name, type, version, metadata, ignoreErrors, initTimeout }: AppComponent): ReturnType<typeof componentDocument> {
  const spec = {
    type,
    metadata,
    ...(version === undefined ? {} : { version }),
    ignoreErrors,
    ...(initTimeout === undefined ? {} : { initTimeout }),
  };
  return componentDocument({ metadata: { name }, spec }, `The component "${name}"`);
}

function subscriptionsOf({ topics, image }: MessageApp): Parameters<DaprRuntime['add']>[0]['resources']['subscriptions'] {
  return topics.map(({ component, topic, route }) => ({
    scopes: [],
    subscription: {
      pubsub: component,
      topic,
      type: 'DECLARATIVE',
      metadata: {},
      routes: [{ path: image?.protocol === 'grpc' ? noPath : route }],
    },
  }));
}

async function withCode<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw messagingError(error);
  }
}

/** Whatever went wrong, as somebody reads it who knows no runtime. */
function messagingError(error: unknown): MessagingError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof MessagingError) return error;
  if (error instanceof ComponentError && error.code === 'SecretNotFound')
    return new MessagingError('SecretNotFound', message, { cause: error });
  if (error instanceof ApiError && (error.code === 'ERR_PUBSUB_NOT_FOUND' || error.code === 'ERR_PUBSUB_NOT_CONFIGURED'))
    return new MessagingError('ComponentNotFound', message, { cause: error });
  const isGone = error instanceof ComponentError ? error.code === 'ComponentUnavailable' : !(error instanceof ApiError);
  return new MessagingError(isGone ? 'ComponentUnavailable' : 'ComponentInvalid', message, { cause: error });
}
