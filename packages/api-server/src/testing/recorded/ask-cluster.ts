import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '@openfunction/resources';
import type { Answer, Send } from './exchange.ts';
import { recordedDefinitions } from './recorded-kinds.ts';
import { requestGroups } from './requests.ts';
import { runGroup } from './run-exchanges.ts';

async function ask(send: Send, method: string, path: string, body?: unknown, type = 'application/json'): Promise<number> {
  const given = body === undefined ? {} : { body: JSON.stringify(body) };
  return (await send({ method, path, headers: { 'content-type': type }, ...given })).status;
}

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

async function define(send: Send, definition: KubeObject): Promise<void> {
  const path = `${definitionsPath}/${definition.metadata.name}?fieldManager=recorder&force=true`;
  const status = await ask(send, 'PATCH', path, definition, 'application/apply-patch+yaml');
  if (status >= 300) throw new Error(`${definition.metadata.name} was not installed: ${status}`);
  const { group, names, versions } = definition.spec as { group: string; names: { plural: string }; versions: { name: string }[] };
  for (let attempt = 0; (await ask(send, 'GET', `/apis/${group}/${versions[0]?.name}/${names.plural}`)) !== 200; attempt += 1) {
    if (attempt > 100) throw new Error(`${definition.metadata.name} is not served`);
    await sleep(100);
  }
}

export type Recording = Record<string, Record<string, Answer>>;

/** The cache of an API server may be behind its store for a moment, which its own clients wait out too. */
function patient(send: Send): Send {
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await send(request);
      if (attempt === 10 || !answer.text.includes('ResourceVersionTooLarge')) return answer;
      await sleep(500);
    }
  };
}

/** What an API server answers to every request of the table. What is made for it is removed again. */
export async function askCluster(send: Send): Promise<Recording> {
  for (const definition of recordedDefinitions()) await define(send, definition);
  // The OpenAPI document, from which it knows how to merge, follows the definition a little later.
  await sleep(2_000);
  const recording: Recording = {};
  try {
    for (const group of requestGroups) {
      const namespace = `recorded-${randomBytes(4).toString('hex')}`;
      await ask(send, 'POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      recording[group.name] = await runGroup(group, patient(send), namespace);
      await ask(send, 'DELETE', `/api/v1/namespaces/${namespace}`);
    }
  } finally {
    for (const { metadata } of recordedDefinitions()) await ask(send, 'DELETE', `${definitionsPath}/${metadata.name}`);
  }
  return recording;
}
