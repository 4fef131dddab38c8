import type { AppAddress } from '@openfunction/dapr-runtime';
import type { Flags } from './parse-flags.ts';

/** Where the app listens. The token tells it that its runtime calls. */
export function appAddress({ appChannelAddress, appPort, appMaxConcurrency, appProtocol }: Flags, token: string): AppAddress {
  return {
    protocol: appProtocol,
    host: appChannelAddress,
    port: appPort,
    ...(token === '' ? {} : { token }),
    ...(appMaxConcurrency === 0 ? {} : { maxConcurrency: appMaxConcurrency }),
  };
}
