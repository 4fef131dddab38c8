import { randomUUID, type KeyObject } from 'node:crypto';
import { functionLabel } from '@openfunction/resources';
import type { Instance } from '@openfunction/workload';
import type { FetchedArtifact } from '../artifact-cache.ts';
import { loadInstance } from '../load.ts';
import { sealSettings } from '../seal.ts';
import type { ServingWorld } from '../serving-world.ts';
import { sha256, signTicket } from '../ticket.ts';

export interface ClaimContext {
  privateKey: KeyObject;
  now: number;
  internalSocket?: string;
  clusterDomain?: string;
}

const ticketTermMs = 60_000;

/** Loads the function into one Fresh instance; throws when it did not take it. */
export async function executeClaim(
  world: ServingWorld,
  instance: Instance,
  fetched: FetchedArtifact,
  context: ClaimContext,
): Promise<void> {
  if (instance.endpoints === undefined) throw new Error(`The instance ${instance.id} has no endpoints yet. Wait until it is Ready.`);
  const { bundle, assets } = fetched.artifact;
  const codeCache = fetched.caches[0]?.bytes ?? new Uint8Array();
  const settings = Buffer.from(JSON.stringify(settingsOf(world, fetched, context)));
  const { uid = '', generation = 0, ownerReferences } = world.serving.metadata;
  const ticket = signTicket(
    {
      instance: instance.id,
      serving: world.id,
      functionUid: ownerReferences?.[0]?.uid ?? uid,
      generation,
      bundleDigest: sha256(bundle),
      assetsDigest: sha256(assets),
      cacheDigest: sha256(codeCache),
      settingsDigest: sha256(settings),
      expiresAtMs: context.now + ticketTermMs,
      nonce: randomUUID(),
    },
    context.privateKey,
  );
  const sent = instance.sealingKey === undefined ? settings : sealSettings(settings, instance.sealingKey);
  const answer = await loadInstance(
    instance.endpoints.control,
    { ticket, settings: sent, bundle, assets, codeCache },
    AbortSignal.timeout(ticketTermMs),
  );
  if (!answer.loaded) throw new LoadRefused(answer.code || 'LoadFailed', answer.message || 'The instance refused the load.');
}

/** The instance said why it does not serve this function. */
export class LoadRefused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function settingsOf(world: ServingWorld, { artifact: { manifest } }: FetchedArtifact, context: ClaimContext): object {
  const { metadata } = world.serving;
  const { internalSocket, clusterDomain } = context;
  const env = envOf(world);
  return {
    functionNamespace: metadata.namespace ?? '',
    functionName: metadata.labels?.[functionLabel] ?? metadata.name,
    target: env['FUNCTION_TARGET'] ?? manifest.target ?? manifest.exports[0] ?? 'function',
    signature: env['FUNCTION_SIGNATURE_TYPE'] ?? manifest.signature ?? 'http',
    format: manifest.format,
    entry: manifest.entry,
    env,
    internalSocket,
    clusterDomain,
  };
}

/** The parameters, and over them the plain variables of the first container. */
function envOf({ serving: { spec } }: ServingWorld): Record<string, string> {
  const params = Object.entries(spec.params ?? {}).map(([name, value]) => [name, String(value)] as const);
  const variables = (spec.template?.containers?.[0]?.env ?? []).flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries([...params, ...variables]);
}
