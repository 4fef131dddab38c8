import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InstanceEndpoint } from '@openfunction/messaging';
import { grpcServer, RpcError, type GrpcServer } from '@openfunction/protocol';
import { createAppCallbackClient, serveAppCallback, type AppCallback, type DaprCall } from '@openfunction/protocol/dapr';
import { manualClock, type ManualClock } from '@openfunction/reconcile';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instanceTransport, type UseInstance } from './instance-transport.ts';

const call: DaprCall = { signal: new AbortController().signal, headers: {} };

describe('calls of an instance that is held', () => {
  let dir: string;
  let clock: ManualClock;
  let uses: { endpoint: InstanceEndpoint; outcome: 'held' | 'well' | 'failed' }[];
  let present: InstanceEndpoint;
  let servers: GrpcServer[];
  let bindings: () => Promise<string[]>;
  let client: AppCallback;
  let close: () => void;

  const useInstance: UseInstance = async (_signal, use) => {
    const one: (typeof uses)[number] = { endpoint: present, outcome: 'held' };
    uses.push(one);
    try {
      const answer = await use(present);
      one.outcome = 'well';
      return answer;
    } catch (error) {
      one.outcome = 'failed';
      throw error;
    }
  };
  async function serve(address: string): Promise<number> {
    const ListInputBindings = async (): Promise<{ bindings: string[] }> => ({ bindings: await bindings() });
    const server = await grpcServer({ address, services: [serveAppCallback({ ListInputBindings } as unknown as AppCallback)] });
    servers.push(server);
    return server.port;
  }

  beforeEach(() => {
    dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'ofn-it-')));
    clock = manualClock(0);
    uses = [];
    servers = [];
    bindings = async () => ['tick'];
    const transport = instanceTransport(useInstance, { clock });
    client = createAppCallbackClient(transport);
    close = () => transport.close();
  });
  afterEach(async () => {
    close();
    await Promise.all(servers.map((server) => server.close()));
    rmSync(dir, { recursive: true });
  });

  it('go to where it listens now, on a socket or in the network', async () => {
    present = { kind: 'unix', path: path.join(dir, 'a.sock') };
    await serve(`unix:${present.path}`);
    expect(await client.ListInputBindings({}, call)).toEqual({ bindings: ['tick'] });
    present = { kind: 'tcp', host: '127.0.0.1', port: await serve('127.0.0.1:0') };
    expect(await client.ListInputBindings({}, call)).toEqual({ bindings: ['tick'] });
    expect(uses.map(({ outcome }) => outcome)).toEqual(['well', 'well']);
  });

  it('hold it for as long as the app takes', async () => {
    present = { kind: 'tcp', host: '127.0.0.1', port: await serve('127.0.0.1:0') };
    const { promise, resolve } = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    bindings = async () => (begun.resolve(), await promise, []);
    const answered = client.ListInputBindings({}, call);
    await begun.promise;
    expect(uses[0]?.outcome).toBe('held');
    resolve();
    await answered;
    expect(uses[0]?.outcome).toBe('well');
  });

  it('take an app that refuses for one that is well, and one that does not answer for none', async () => {
    present = { kind: 'unix', path: path.join(dir, 'a.sock') };
    await expect(client.ListInputBindings({}, call)).rejects.toMatchObject({ code: 'Unavailable' });
    await serve(`unix:${present.path}`);
    bindings = () => Promise.reject(new RpcError('InvalidArgument', 'no'));
    // What could not be reached before is sought again where it is now.
    await expect(client.ListInputBindings({}, call)).rejects.toMatchObject({ code: 'InvalidArgument' });
    expect(uses.map(({ outcome }) => outcome)).toEqual(['failed', 'well']);
  });

  it('open a connection anew after half a minute without a call', async () => {
    present = { kind: 'unix', path: path.join(dir, 'a.sock') };
    await serve(`unix:${present.path}`);
    await client.ListInputBindings({}, call);
    await servers.shift()?.close();
    await serve(`unix:${present.path}`);
    clock.advance(30_000);
    bindings = async () => ['another'];
    expect(await client.ListInputBindings({}, call)).toEqual({ bindings: ['another'] });
    expect(uses.map(({ outcome }) => outcome)).toEqual(['well', 'well']);
  });
});
