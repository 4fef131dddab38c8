import {
  connectCluster,
  holderTransport,
  passConnections,
  runPart,
  serveByHolder,
  takeLease,
  watchIdentity,
  type ByHolder,
  type Part,
  type PartContext,
} from '@openfunction/part';
import { grpcServer, RpcError, serveBuilder, type BuilderService } from '@openfunction/protocol';
import { schema, type Settings } from './settings.ts';
import { startHeld, type Held } from './start-held.ts';

async function start({ settings, log, metrics, fail }: PartContext<Settings>): Promise<Part> {
  const cluster = await connectCluster({ name: 'builder', settings, log, metrics });
  const tls = await watchIdentity({ folder: settings.OFN_TLS_DIR, onError: cluster.onError });
  const lease = takeLease({ store: cluster.store, name: 'builder', settings, metrics, fail, onError: cluster.onError });
  let held: Held | undefined;
  const starting = lease.won.then(async () => (held = await startHeld({ settings, cluster, lease, tls, log })));
  starting.catch((error: unknown) => fail('It could not begin to build', error));
  const holder = holderTransport({
    holderHost: lease.holderHost,
    port: settings.OFN_BUILDER_PORT,
    serverName: settings.OFN_SERVER_NAME,
    tls,
  });
  const byHolder = (name: string, of: (held: Held) => BuilderService): ByHolder =>
    serveByHolder({
      service: serveBuilder(asHeld(() => held && of(held))),
      isHeld: () => held !== undefined,
      holder: holder.current,
      name,
    });
  const parts = byHolder('held', ({ service }) => service);
  const people = byHolder('forwarded', ({ forwarded }) => forwarded);
  const exchange = await passConnections({
    port: settings.OFN_EXCHANGE_PORT,
    to: () => {
      const host = held === undefined ? lease.holderHost() : '127.0.0.1';
      return host === undefined ? undefined : { host, port: settings.OFN_HELD_EXCHANGE_PORT };
    },
  });
  const server = await grpcServer({
    address: `0.0.0.0:${settings.OFN_BUILDER_PORT}`,
    services: [parts.service, parts.passedOn, people.passedOn],
    tls,
  });
  const forwarded = await grpcServer({ address: `127.0.0.1:${settings.OFN_FORWARDED_PORT}`, services: [people.service] });
  return {
    isReady: () => true,
    async close() {
      await Promise.all([server.close(), forwarded.close(), exchange.close()]);
      await held?.close();
      await lease.release();
      holder.close();
      tls.close();
      await cluster.api.close();
    },
  };
}

function asHeld(held: () => BuilderService | undefined): BuilderService {
  const service = (): BuilderService => {
    const found = held();
    if (found === undefined) throw new RpcError('Unavailable', 'NotHolder: this replica does not build now. Ask again.');
    return found;
  };
  return {
    build: (request, signal) => service().build(request, signal),
    cancel: (request, signal) => service().cancel(request, signal),
    log: (request, signal) => service().log(request, signal),
    upload: (requests, signal) => service().upload(requests, signal),
  };
}

await runPart({ name: 'builder', env: process.env, schema, start });
