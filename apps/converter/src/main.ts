import { once } from 'node:events';
import { createServer } from 'node:https';
import { partSettings, port, runPart, tlsIdentity, type Part, type PartContext } from '@openfunction/part';
import type { z } from 'zod';
import { reviews } from './review-listener.ts';

const schema = partSettings.extend({ OFN_CONVERTER_PORT: port });

/** The kubelet takes about a minute to bring a new certificate. */
const readAgainMs = 30_000;

async function start({ settings, log }: PartContext<z.infer<typeof schema>>): Promise<Part> {
  const identity = async (): Promise<{ cert: Buffer; key: Buffer }> => {
    const { certificate, key } = await tlsIdentity(settings.OFN_TLS_DIR);
    return { cert: certificate, key };
  };
  const { listener, metrics } = reviews(log);
  const first = await identity();
  const server = createServer({ ...first, minVersion: 'TLSv1.3', headersTimeout: 5_000, requestTimeout: 10_000 }, listener);
  server.maxConnections = 64;
  const renewal = setInterval(() => {
    identity().then(
      (next) => server.setSecureContext({ ...next, minVersion: 'TLSv1.3' }),
      (error: unknown) => log('The certificate could not be read again', { error }),
    );
  }, readAgainMs);
  server.listen(settings.OFN_CONVERTER_PORT);
  await once(server, 'listening');
  return {
    isReady: () => true,
    metrics,
    async close() {
      clearInterval(renewal);
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await closed;
    },
  };
}

await runPart({ name: 'converter', env: process.env, schema, start });
