import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryStore } from '@openfunction/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiServer, type ApiServer } from '../../api-server.ts';
import { coreKinds, namespaceKind } from '../../core-kinds.ts';
import { newNamespace } from '../../namespaces.ts';
import { selfSigned } from '../self-signed.ts';
import type { Recording } from './ask-cluster.ts';
import { comparable } from './comparable.ts';
import { sendTo } from './kubeconfig-send.ts';
import { recordedAdmission, recordedKinds } from './recorded-kinds.ts';
import { requestGroups } from './requests.ts';
import { runGroup } from './run-exchanges.ts';

const recording = JSON.parse(readFileSync(join(import.meta.dirname, 'recording.json'), 'utf8')) as Recording;

const tls = await selfSigned();
const schemas = new Map([...coreKinds, ...recordedKinds].map((kind) => [`${kind.group}/${kind.kind}`, kind.schema]));
const store = memoryStore({
  historyLimit: 50,
  schemaOf: (kind) => schemas.get(`${kind.group}/${kind.kind}`),
  admission: recordedAdmission,
});
let server: ApiServer;
beforeAll(async () => {
  server = await createApiServer({ store, kinds: recordedKinds, tls, token: 'secret', version: '0.1.0' });
});
afterAll(() => server?.close());

describe('the answers of a real API server', () => {
  it('are told apart by their names', () => {
    for (const { exchanges } of requestGroups) expect(new Set(exchanges.map(({ is }) => is)).size).toBe(exchanges.length);
  });

  it('are at least two hundred', () => {
    expect(requestGroups.flatMap(({ exchanges }) => exchanges).length).toBeGreaterThanOrEqual(200);
  });

  describe.each(requestGroups)('$name', (group) => {
    let answers: Awaited<ReturnType<typeof runGroup>>;
    beforeAll(async () => {
      const name = `recorded-${requestGroups.indexOf(group)}-namespace`;
      await store.create(namespaceKind, newNamespace({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
      const send = sendTo(server.url, { ca: tls.cert, headers: { authorization: 'Bearer secret' } });
      answers = await runGroup(group, send, name);
    });

    it.each(group.exchanges)('$is', ({ is, differs }) => {
      const [real, ours] = [recording[group.name]?.[is], answers[is]];
      if (real === undefined || ours === undefined) throw new Error('this request was not recorded; run scripts/record-requests.ts');
      expect(comparable(ours, differs)).toEqual(comparable(real, differs));
    });
  });
});
