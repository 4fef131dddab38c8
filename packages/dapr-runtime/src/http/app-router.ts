import { ApiError } from '../api/api-error.ts';
import type { AppIdentity } from '../app/app-identity.ts';
import type { AppApi } from '../app/app-api.ts';
import type { ConfigurationChange } from '../api/configuration-api.ts';
import { bindingRoutes } from './binding-routes.ts';
import { configurationRoutes } from './configuration-routes.ts';
import { headerOf, noContent, type HttpAnswer, type HttpHandler } from './http-exchange.ts';
import { invokeByHeader, invokeRoutes, type FindChannel } from './invoke-routes.ts';
import { lockRoutes, unlockRoutes } from './lock-routes.ts';
import { metadataRoutes } from './metadata-routes.ts';
import { bulkPublishRoutes, publishRoutes } from './publish-routes.ts';
import { refusedBlocks } from './refused-blocks.ts';
import { secretRoutes } from './secret-routes.ts';
import { stateRoutes } from './state-routes.ts';

export interface AppRouterOptions {
  app: AppIdentity;
  api: AppApi;
  findChannel: FindChannel;
  onConfigurationChange(change: ConfigurationChange): Promise<void>;
  /** Ends the runtime of the app, when it asks for that. */
  shutdown(): void;
}

const versions = new Set(['v1.0', 'v1.0-alpha1', 'v1.0-alpha2', 'v1.0-beta1']);

/** Dapr's HTTP API for one app that has been told from the others already. */
export function appRouter({ app, api, findChannel, onConfigurationChange, shutdown }: AppRouterOptions): HttpHandler {
  const publish = publishRoutes(api.publishing);
  const bulkPublish = bulkPublishRoutes(api.publishing);
  const byHeader = invokeByHeader(app, findChannel);
  const blocks: Record<string, HttpHandler> = {
    ...refusedBlocks,
    state: stateRoutes(api.state),
    bindings: bindingRoutes(api.bindings),
    secrets: secretRoutes(api.secrets),
    configuration: configurationRoutes(api.configuration, onConfigurationChange),
    lock: lockRoutes(api.locks),
    unlock: unlockRoutes(api.locks),
    metadata: metadataRoutes(api.metadata),
    invoke: invokeRoutes(app, findChannel),
    publish: (call) =>
      call.rest[0] === 'bulk' && call.rest.length > 2 ? bulkPublish({ ...call, rest: call.rest.slice(1) }) : publish(call),
    shutdown: async (call) => {
      if (call.method !== 'POST') throw new ApiError('ERR_NOT_FOUND', 'The runtime is ended by POST. Use that.', { status: 405 });
      shutdown();
      return noContent;
    },
  };
  return (call): Promise<HttpAnswer> => {
    const [version = '', block = '', ...rest] = call.segments;
    if (!versions.has(version)) {
      if (headerOf(call, 'dapr-app-id') !== undefined) return byHeader(call);
      throw new ApiError('ERR_NOT_FOUND', 'There is no such path. Those of the API begin with /v1.0/.');
    }
    const handler = Object.hasOwn(blocks, block) ? blocks[block] : undefined;
    if (handler === undefined) throw new ApiError('ERR_NOT_FOUND', 'There is no such building block. See the reference of the API.');
    return handler({ ...call, rest });
  };
}
