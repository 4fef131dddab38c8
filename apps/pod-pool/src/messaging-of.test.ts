import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { appTokens } from '@openfunction/messaging';
import type { PodPoolOptions } from '@openfunction/pod-pool';
import type { Serving } from '@openfunction/resources';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { messagingOf } from './messaging-of.ts';

const key = Buffer.from('a key');
let folder: string;
let of: NonNullable<PodPoolOptions['messaging']>;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ofn-messaging-'));
  const file = path.join(folder, 'messaging.key');
  await writeFile(file, key);
  const { messaging } = await messagingOf({ OFN_DAPR_HTTP: 'bus.test:3500', OFN_DAPR_GRPC: 'bus.test:50001', OFN_MESSAGING_KEY: file });
  of = messaging!;
});
afterAll(() => rm(folder, { recursive: true }));

function serving(functionUid: string, spec: Partial<Serving['spec']>): Serving {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Serving',
    metadata: {
      name: 'orders-1',
      namespace: 'default',
      uid: `serving of ${functionUid}`,
      ownerReferences: [{ apiVersion: 'core.openfunction.io/v1beta2', kind: 'Function', name: 'orders', uid: functionUid }],
    },
    spec: { image: 'r.test/orders', triggers: { http: {} }, ...spec },
  };
}
const states = { cart: { spec: { type: 'state.redis', version: 'v1', metadata: [] } } };

it('tells instances with components where the API is, and the tokens of their Function alone', () => {
  const { api, app } = appTokens(key, 'a');
  expect(of(serving('a', { states }))).toEqual({
    DAPR_HTTP_ENDPOINT: 'http://bus.test:3500',
    DAPR_GRPC_ENDPOINT: 'bus.test:50001',
    DAPR_HOST: 'bus.test',
    DAPR_RUNTIME_HOST: 'bus.test',
    DAPR_HTTP_PORT: '3500',
    DAPR_GRPC_PORT: '50001',
    DAPR_API_TOKEN: api,
    APP_API_TOKEN: app,
  });
  const other = of(serving('b', { states }));
  expect(new Set([api, app, other['DAPR_API_TOKEN'], other['APP_API_TOKEN']]).size).toBe(4);
});

it('tells nothing to those that have none, and to nobody where there is no event-bus', async () => {
  expect(of(serving('a', {}))).toEqual({});
  expect(await messagingOf({})).toEqual({});
});
