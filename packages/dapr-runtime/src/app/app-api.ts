import { bindingApi, type BindingApi } from '../api/binding-api.ts';
import { configurationApi, type ConfigurationApi } from '../api/configuration-api.ts';
import { lockApi, type LockApi } from '../api/lock-api.ts';
import { metadataApi, type MetadataApi, type MetadataOf } from '../api/metadata-api.ts';
import { publishApi, type PublishApi } from '../api/publish-api.ts';
import { secretApi, type SecretApi } from '../api/secret-api.ts';
import { stateApi, type StateApi } from '../api/state-api.ts';
import type { AppComponents } from './app-components.ts';
import type { AppIdentity } from './app-identity.ts';

/** Every building block of one app, whatever the protocol it is asked by. */
export interface AppApi {
  state: StateApi;
  publishing: PublishApi;
  bindings: BindingApi;
  secrets: SecretApi;
  configuration: ConfigurationApi;
  locks: LockApi;
  metadata: MetadataApi;
}

export function appApi(options: { app: AppIdentity; components: AppComponents; now(): number; metadata(): MetadataOf }): AppApi {
  const { app, components, now } = options;
  return {
    state: stateApi(components, app, now),
    publishing: publishApi(components, app, now),
    bindings: bindingApi(components),
    secrets: secretApi(components),
    configuration: configurationApi(components),
    locks: lockApi(components, app),
    metadata: metadataApi(options.metadata),
  };
}
