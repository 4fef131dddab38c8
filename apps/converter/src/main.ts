import { once } from 'node:events';
import { createServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { partSettings, port, runPart, watchIdentity, type Part, type PartContext } from '@openfunction/part';
import type { z } from 'zod';
import { closable } from './closable.ts';
import { reviews } from './review-listener.ts';

const schema = partSettings.extend({ OFN_CONVERTER_PORT: port });

async function start({ settings, log }: PartContext<z.infer<typeof schema>>): Promise<Part> {
  const tls = await watchIdentity({
    folder: settings.OFN_TLS_DIR,
    onError: (error) => log('The certificate could not be read again', { error }),
  });
  const files = (): SecureContextOptions => ({ cert: tls.current().certificate, key: tls.current().key, minVersion: 'TLSv1.3' });
  const { listener, metrics } = reviews(log);
  const server = createServer({ ...files(), headersTimeout: 5_000, requestTimeout: 10_000 }, listener);
  const closeServer = closable(server);
  server.maxConnections = 64;
  tls.subscribe(() => server.setSecureContext(files()));
  server.listen(settings.OFN_CONVERTER_PORT);
  await once(server, 'listening');
  return {
    isReady: () => true,
    metrics,
    async close() {
      tls.close();
      await closeServer(2_000);
    },
  };
}

await runPart({ name: 'converter', env: process.env, schema, start });
