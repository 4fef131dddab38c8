import { readFile } from 'node:fs/promises';
import { appEnvironment, appTokens } from '@openfunction/messaging';
import type { PodPoolOptions } from '@openfunction/pod-pool';
import { functionUid, usesMessaging, type Serving } from '@openfunction/resources';

export interface MessagingSettings {
  /** host:port of Dapr's APIs, as instances reach them. */
  OFN_DAPR_HTTP?: string | undefined;
  OFN_DAPR_GRPC?: string | undefined;
  /** File with the key of the tokens; event-bus has the same. */
  OFN_MESSAGING_KEY?: string | undefined;
}

/** What tells instances where the API of their components is, and who they are there. Nothing where nobody brings messages. */
export async function messagingOf(settings: MessagingSettings): Promise<Pick<PodPoolOptions, 'messaging'>> {
  const { OFN_DAPR_HTTP: http, OFN_DAPR_GRPC: grpc, OFN_MESSAGING_KEY: file } = settings;
  if (http === undefined || grpc === undefined || file === undefined) return {};
  const key = await readFile(file);
  const [host, httpPort] = split(http);
  const [, grpcPort] = split(grpc);
  const address = { host, httpPort: Number(httpPort), grpcPort: Number(grpcPort) };
  const messaging = (serving: Serving): Record<string, string> => {
    if (!usesMessaging(serving.spec)) return {};
    return appEnvironment(address, appTokens(key, functionUid(serving)));
  };
  return { messaging };
}

function split(address: string): [host: string, port: string] {
  const at = address.lastIndexOf(':');
  return [address.slice(0, at), address.slice(at + 1)];
}
