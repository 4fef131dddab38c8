import { readFile } from 'node:fs/promises';
import { appTokens } from '@openfunction/messaging';
import type { PodPoolOptions } from '@openfunction/pod-pool';
import { functionUid, usesMessaging, type Serving } from '@openfunction/resources';

export interface MessagingSettings {
  /** host:port of Dapr's APIs, as instances reach them. */
  OFN_DAPR_HTTP?: string | undefined;
  OFN_DAPR_GRPC?: string | undefined;
  /** File with the key of the tokens; event-bus has the same. */
  OFN_MESSAGING_KEY?: string | undefined;
}

/** What tells instances where the API of their components is, by all names that frameworks have for it, and who they are there. Nothing where nobody brings messages. */
export async function messagingOf(settings: MessagingSettings): Promise<Pick<PodPoolOptions, 'messaging'>> {
  const { OFN_DAPR_HTTP: http, OFN_DAPR_GRPC: grpc, OFN_MESSAGING_KEY: file } = settings;
  if (http === undefined || grpc === undefined || file === undefined) return {};
  const key = await readFile(file);
  const [host, httpPort] = split(http);
  const [, grpcPort] = split(grpc);
  const messaging = (serving: Serving): Record<string, string> => {
    if (!usesMessaging(serving.spec)) return {};
    const { api, app } = appTokens(key, functionUid(serving));
    return {
      DAPR_HTTP_ENDPOINT: `http://${http}`,
      DAPR_GRPC_ENDPOINT: grpc,
      DAPR_HOST: host,
      // Of Dapr's own SDK for Python.
      DAPR_RUNTIME_HOST: host,
      DAPR_HTTP_PORT: httpPort,
      DAPR_GRPC_PORT: grpcPort,
      DAPR_API_TOKEN: api,
      APP_API_TOKEN: app,
    };
  };
  return { messaging };
}

function split(address: string): [host: string, port: string] {
  const at = address.lastIndexOf(':');
  return [address.slice(0, at), address.slice(at + 1)];
}
